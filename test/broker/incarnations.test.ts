import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { Metadata } from '../../src/testing/index.ts'
import { WireClient } from '../wire-client.ts'

async function threeBrokers(): Promise<KafkaCluster> {
  const cluster = await KafkaCluster.start({
    brokers: 3,
    clock: 'virtual',
    config: { 'broker.session.timeout.ms': '9000' },
    topics: { orders: { replicationFactor: 3 } },
  })
  onTestFinished(() => cluster.stop())
  return cluster
}

test('a broker that starts anew before anyone missed it joins once the session of its last incarnation is over', async () => {
  const cluster = await threeBrokers()
  const [broker] = cluster.brokers
  const partition = cluster.partition('orders', 0)
  await broker?.kill({ noticed: 'by timeout' })
  await broker?.start()
  expect(broker?.isFenced).toBe(false)
  await cluster.clock.advance(8999)
  expect(partition.isr).toHaveLength(3)
  // The broker asks again as often as Kafka's does.
  await cluster.clock.advance(12_000)
  expect(broker?.isFenced).toBe(false)
  expect(partition.isr).toHaveLength(3)
  expect(partition.leader).not.toBe(broker?.nodeId)
})

test('a broker that is killed while it shuts down in order is down, and starts again', async () => {
  const cluster = await threeBrokers()
  const [broker] = cluster.brokers
  if (broker === undefined) throw new Error('no broker')
  cluster.network.link(broker, cluster.controller).set({ drop: 1 })
  const stopped = broker.stop()
  // It asks the controller, and hears nothing.
  await cluster.clock.advance(1)
  await broker.kill()
  await stopped
  cluster.network.heal()
  await broker.start()
  expect(broker.isRunning).toBe(true)
})

test('a cluster stops while one of its brokers shuts down in order', async () => {
  const cluster = await threeBrokers()
  const [broker] = cluster.brokers
  if (broker === undefined) throw new Error('no broker')
  cluster.network.link(broker, cluster.controller).set({ drop: 1 })
  const stopped = broker.stop()
  await cluster.clock.advance(1)
  await cluster.stop()
  await stopped
})

test('a broker whose registration went unheard registers again, and is in sync in its new epoch', async () => {
  const cluster = await threeBrokers()
  const [broker, ...others] = cluster.brokers
  if (broker === undefined) throw new Error('no broker')
  await broker.stop()
  cluster.network.link(broker, cluster.controller).set({ delay: 6000 })
  await broker.start()
  await cluster.clock.advance(9000)
  // The answer is on its way.
  cluster.network.split([...others, cluster.controller], [broker])
  cluster.network.heal()
  expect(broker.isFenced).toBe(false)
  expect(cluster.partition('orders', 0).isr).toContain(broker.nodeId)
})

test('nobody misses a broker that was unregistered before its session was over', async () => {
  const cluster = await threeBrokers()
  const [gone] = cluster.brokers
  await gone?.kill({ noticed: 'by timeout' })
  await gone?.decommission()
  await cluster.clock.advance(20_000)
  expect(cluster.brokers).toHaveLength(2)
  expect(cluster.partition('orders', 0).isr).not.toContain(gone?.nodeId)
})

test('a broker that stopped in order stays an eligible leader, however often it has to register', async () => {
  const cluster = await KafkaCluster.start({
    brokers: 2,
    clock: 'virtual',
    topics: { orders: { replicationFactor: 2, configs: { 'min.insync.replicas': '2' } } },
  })
  onTestFinished(() => cluster.stop())
  const [first, last] = cluster.brokers
  if (first === undefined || last === undefined) throw new Error('no brokers')
  await first.stop()
  await last.stop()
  cluster.network.link(first, cluster.controller).set({ delay: 6000 })
  await first.start()
  await cluster.clock.advance(9000)
  // It is registered, and hears nothing of it.
  cluster.network.split([cluster.controller], [first])
  cluster.network.heal()
  expect(cluster.partition('orders', 0).leader).toBe(first.nodeId)
})

test('a broker that starts anew takes clients only once the controller holds it for alive', async () => {
  const cluster = await threeBrokers()
  const [broker] = cluster.brokers
  if (broker === undefined) throw new Error('no broker')
  await broker.kill({ noticed: 'by timeout' })
  await broker.start()
  // It knows no topic yet. Kafka opens its listeners last.
  expect(() => broker.connect()).toThrow(`broker ${broker.nodeId} is starting`)
  const early = connect(broker.port, broker.host)
  early.on('error', () => {})
  await new Promise((resolve) => early.once('close', resolve))
  expect(early.bytesRead).toBe(0)
  await cluster.clock.advance(21_000)
  const { topics } = await new WireClient(broker.connect()).send(Metadata, 9, { topics: [{ name: 'orders' }] })
  expect(topics[0]?.errorCode).toBe(0)
})
