import { expect, test } from 'vitest'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { produce } from '../../testing/fixture.ts'
import { entriesOf, startRecording } from './fixture.ts'

const REPLICATED = { partitions: 3, replicationFactor: 3 }

test('brokers are told of as they start, stop, stand still, and are held for dead or alive', async () => {
  const { cluster } = await startRecording({ clock: 'virtual' })
  const broker = cluster.broker(1)
  broker.pause()
  await cluster.clock.runUntil(() => broker.isFenced)
  broker.resume()
  await cluster.clock.runUntil(() => !broker.isFenced)
  await broker.kill()
  await broker.start()
  expect(entriesOf(cluster, 'broker').map(({ nodeId, change }) => `${nodeId} ${change}`)).toEqual([
    '1 start',
    '1 unfence',
    '1 pause',
    '1 fence',
    '1 resume',
    '1 unfence',
    '1 stop',
    '1 fence',
    '1 start',
    '1 unfence',
  ])
})

test('the partitions that change alike when a broker dies are one entry', async () => {
  const { cluster } = await startRecording({ brokers: 3, topics: { orders: { ...REPLICATED, partitions: 9 } } })
  const dead = cluster.broker(cluster.partition('orders', 0).leader)
  const led = Array.from({ length: 9 }, (_, i) => i).filter(
    (i) => cluster.partition('orders', i).leader === dead.nodeId,
  )
  await dead.kill()
  const changes = entriesOf(cluster, 'partition')
  expect(changes.filter(({ change }) => change === 'isr')).toMatchObject([
    { topic: 'orders', partitions: [0, 1, 2, 3, 4, 5, 6, 7, 8] },
  ])
  const elected = changes.flatMap((entry) => (entry.change === 'leader' ? [entry] : []))
  expect(elected.flatMap(({ partitions }) => partitions).sort()).toEqual(led)
  for (const { leader, partitions } of elected) {
    for (const index of partitions) expect(cluster.partition('orders', index).leader).toBe(leader)
  }
})

test('the network is told of as it is cut, healed, and made slow', async () => {
  const { cluster } = await startRecording({ brokers: 3 })
  const [one, two, three] = [cluster.broker(1), cluster.broker(2), cluster.broker(3)]
  cluster.network.split([one], [two, three])
  cluster.network.heal()
  cluster.network.link(one, two).set({ delay: 20, drop: 0.5 })
  expect(entriesOf(cluster, 'network')).toMatchObject([
    { change: 'split', sides: [['broker 1'], ['broker 2', 'broker 3', 'controller']] },
    { change: 'heal' },
    { change: 'link', ends: ['broker 1', 'broker 2'], delay: 20, drop: 0.5 },
  ])
  const [split, healed, link] = cluster.timeline.story().split('\n').slice(-3)
  expect(split).toMatch(/network +split: broker 1 \| broker 2, broker 3, controller$/)
  expect(healed).toMatch(/network +healed$/)
  expect(link).toMatch(/network +broker 1 – broker 2: 20 ms late, 50 % lost$/)
})

test('connections are told of as they come and go, by the names that their requests give', async () => {
  const { cluster, client } = await startRecording()
  expect(entriesOf(cluster, 'connection')).toMatchObject([{ change: 'open', clientId: undefined }])
  await produce(client, { orders: [0] }, { clientId: 'shop' })
  const closed = new Promise((resolve) => cluster.events.on('connection:close', resolve))
  client.stream.destroy()
  await closed
  expect(entriesOf(cluster, 'connection')).toMatchObject([
    { change: 'open', clientId: 'shop', nodeId: 1, remote: 'in-memory client', reason: undefined },
    { change: 'close', clientId: 'shop', reason: undefined },
  ])
})

test('a group is told of in each of its states', async () => {
  const { cluster, client } = await startRecording({ config: { 'group.initial.rebalance.delay.ms': '0' } })
  await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['billing'] })
  const join = { groupId: 'billing', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer' }
  await client.send(JoinGroup, 3, { ...join, memberId: '', protocols: [{ name: 'range', metadata: Buffer.alloc(0) }] })
  expect(entriesOf(cluster, 'group')).toMatchObject([
    { groupId: 'billing', state: 'PreparingRebalance', members: 1 },
    { groupId: 'billing', state: 'CompletingRebalance', generationId: 1, members: 1 },
  ])
})

test('topics are told of as they come and go', async () => {
  const { cluster } = await startRecording({ topics: { orders: { partitions: 3 } } })
  expect(entriesOf(cluster, 'topic')).toMatchObject([{ topic: 'orders', change: 'create', partitions: 3 }])
})
