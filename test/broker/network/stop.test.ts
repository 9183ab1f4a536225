import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { respond } from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'

const FOR_EVER = 0x7fffffff

/** A cluster whose time stands still: nothing that is held ends by itself. */
const start = (): Promise<KafkaCluster> => KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })

async function socketTo(cluster: KafkaCluster, allowHalfOpen = false): Promise<Socket> {
  const port = Number(cluster.bootstrapServers[0]?.split(':')[1])
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

const fetchFor = (maxWaitMs: number, minBytes = 1) => ({
  maxWaitMs,
  minBytes,
  maxBytes: 1 << 26,
  topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 26 }] }],
})

/** A request that the cluster has begun to serve. */
async function underWay(cluster: KafkaCluster, post: () => void): Promise<void> {
  const begun = new Promise<void>((resolve) => cluster.events.on('request:start', () => resolve(), { once: true }))
  post()
  await begun
}

describe('a cluster stops', () => {
  test.each(['TCP', 'memory'])('while clients over %s are held in long polls and joins', async (way) => {
    const cluster = await start()
    const client = async () =>
      way === 'TCP' ? WireClient.to(cluster.bootstrapServers[0] as string) : new WireClient(cluster.connect())
    const [fetching, joining, waiting] = await Promise.all([client(), client(), client()])
    await underWay(cluster, () => fetching.post(Fetch, 4, fetchFor(FOR_EVER)))
    const group = { groupId: 'g', sessionTimeoutMs: 6000, protocolType: 'consumer', protocols: [{ name: 'range' }] }
    await underWay(cluster, () => joining.post(JoinGroup, 1, { ...group, memberId: '', rebalanceTimeoutMs: FOR_EVER }))
    await underWay(cluster, () => waiting.post(JoinGroup, 1, { ...group, memberId: '', rebalanceTimeoutMs: FOR_EVER }))
    const closed = Promise.all([fetching, joining, waiting].map(({ stream }) => once(stream, 'close')))
    await cluster.stop()
    await closed
    expect(cluster.network.connections).toEqual([])
  })

  test('while a client does not read its answers', async () => {
    const cluster = await start()
    const producer = new WireClient(cluster.connect())
    const records = [buildBatch([{ value: Buffer.alloc(1_000_000), timestamp: cluster.clock.now() }])]
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
    await producer.send(Produce, 7, { acks: 1, timeoutMs: 1000, topicData })
    const socket = await socketTo(cluster)
    socket.pause()
    const reader = new WireClient(socket)
    socket.pause()
    await underWay(cluster, () => {
      for (let i = 0; i < 50; i++) reader.post(Fetch, 4, fetchFor(0))
    })
    await cluster.stop()
    socket.destroy()
  })

  test('while a frame has arrived but in part, and one but for its length', async () => {
    const cluster = await start()
    const opened: Socket[] = [await socketTo(cluster), await socketTo(cluster)]
    opened[0]?.write(Buffer.from([0, 0, 0, 99, 0, 3]))
    opened[1]?.write(Buffer.from([0, 0]))
    const closed = Promise.all(opened.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve))))
    await cluster.stop()
    await closed
  })

  test('while clients keep their ends of closed connections open', async () => {
    const cluster = await start()
    const silent = await socketTo(cluster, true)
    const bad = await socketTo(cluster, true)
    // The broker ends this one; the client takes no notice.
    bad.write('GET / HTTP/1.1\r\n\r\n')
    await once(bad.resume(), 'end')
    await cluster.stop()
    silent.destroy()
    bad.destroy()
  })

  test('while a handler of a test has not made up its mind, and takes no notice of what it says later', async () => {
    const cluster = await start()
    let answer: (value: object) => void = () => {}
    const asked = new Promise<void>((begun) => {
      cluster.use(
        respond(Metadata, () => {
          begun()
          return new Promise<object>((resolve) => {
            answer = resolve
          })
        }),
      )
    })
    const errors: unknown[] = []
    cluster.events.on('unhandledException', ({ error }) => errors.push(error))
    new WireClient(cluster.connect()).post(Metadata, 1, { topics: [] })
    await asked
    await cluster.stop()
    answer({})
    await new Promise(setImmediate)
    expect(errors).toEqual([])
  })

  test('once, however often and from wherever it is told to', async () => {
    const cluster = await start()
    const stopped: number[] = []
    cluster.events.on('broker:stop', ({ nodeId }) => {
      stopped.push(nodeId)
      void cluster.stop()
    })
    cluster.events.on('connection:close', () => void cluster.stop())
    await socketTo(cluster)
    const [one, other] = [cluster.stop(), cluster.stop()]
    expect(one).toBe(other)
    await one
    await cluster.stop()
    expect(stopped).toEqual([1])
  })

  test('and closes every connection with an event, and none twice', async () => {
    const cluster = await start()
    const open = new Set<string>()
    const closedTwice: string[] = []
    cluster.events.on('connection:open', ({ connectionId }) => open.add(connectionId))
    cluster.events.on('connection:close', ({ connectionId }) => {
      if (!open.delete(connectionId)) closedTwice.push(connectionId)
    })
    const clients = [new WireClient(cluster.connect()), await WireClient.to(cluster.bootstrapServers[0] as string)]
    await underWay(cluster, () => clients[0]?.post(Fetch, 4, fetchFor(FOR_EVER)))
    await cluster.stop()
    expect([...open]).toEqual([])
    expect(closedTwice).toEqual([])
  })
})
