import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type ClusterOptions, ConfigError, KafkaCluster, KafkaError } from '../src/index.ts'
import { ErrorCode } from '../src/protocol/errors.ts'
import { ApiVersions } from '../src/protocol/messages/api-versions.ts'
import { FindCoordinator } from '../src/protocol/messages/find-coordinator.ts'
import { Metadata } from '../src/protocol/messages/metadata.ts'
import { Produce } from '../src/protocol/messages/produce.ts'
import { buildBatch } from '../src/protocol/records/batch-builder.ts'
import { WireClient } from './wire-client.ts'

describe('a cluster', () => {
  test('with nothing given is one broker on a free loopback port that creates topics as they are asked for', async () => {
    await using cluster = await KafkaCluster.start()
    expect(cluster.bootstrapServers).toHaveLength(1)
    expect(cluster.bootstrapServers[0]).toMatch(/^127\.0\.0\.1:\d+$/)
    const client = await WireClient.to(cluster.bootstrapServers[0] as string)
    const { topics, brokers, clusterId } = await client.send(Metadata, 9, {
      topics: [{ name: 'new' }],
      allowAutoTopicCreation: true,
    })
    expect(topics).toMatchObject([{ name: 'new', errorCode: ErrorCode.NONE, partitions: [{ leaderId: 1 }] }])
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(cluster.bootstrapServers)
    expect(clusterId).toBe(cluster.clusterId)
    client.close()
  })

  test('is reached by localhost as well as by 127.0.0.1', async () => {
    await using cluster = await KafkaCluster.start()
    const port = (cluster.bootstrapServers[0] as string).split(':')[1]
    const client = await WireClient.to(`localhost:${port}`)
    expect((await client.send(ApiVersions, 0, {})).errorCode).toBe(ErrorCode.NONE)
    client.close()
  })

  test('begins with the topics that it is given', async () => {
    await using cluster = await KafkaCluster.start({
      brokers: 3,
      topics: { orders: { partitions: 6, replicationFactor: 3 }, audit: {} },
    })
    const client = new WireClient(cluster.connect())
    const { topics } = await client.send(Metadata, 12, { topics: null })
    expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual(
      expect.arrayContaining([
        ['orders', 6],
        ['audit', 1],
      ]),
    )
    const orders = topics.find(({ name }) => name === 'orders')
    expect(new Set(orders?.partitions.map(({ leaderId }) => leaderId))).toEqual(new Set([1, 2, 3]))
  })

  test('has the node ids and racks that it is given', async () => {
    await using cluster = await KafkaCluster.start({ brokers: [{ nodeId: 0, rack: 'a' }, { nodeId: 7 }] })
    const { brokers } = await new WireClient(cluster.connect()).send(Metadata, 1, { topics: [] })
    expect(brokers.map(({ nodeId, rack }) => [nodeId, rack])).toEqual([
      [0, 'a'],
      [7, null],
    ])
  })

  test('with the same seed has the same ids', async () => {
    const topicIds = async (seed: number): Promise<string[]> => {
      await using cluster = await KafkaCluster.start({ seed, topics: { a: {}, b: {} } })
      const { topics } = await new WireClient(cluster.connect()).send(Metadata, 12, { topics: null })
      return [cluster.clusterId, ...topics.map(({ topicId }) => topicId)]
    }
    expect(await topicIds(42)).toEqual(await topicIds(42))
    expect(await topicIds(42)).not.toEqual(await topicIds(43))
  })

  test('that passes for a release shows what that release shows', async () => {
    const versionsOf = async (version: string): Promise<Map<number, number[]>> => {
      await using cluster = await KafkaCluster.start({ version })
      const { apiKeys } = await new WireClient(cluster.connect()).send(ApiVersions, 0, {})
      return new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]))
    }
    expect((await versionsOf('0.10.2')).get(Produce.key)).toEqual([0, 2])
    expect((await versionsOf('3.9')).get(FindCoordinator.key)).toEqual([0, 6])
    await expect(KafkaCluster.start({ version: '9.9' })).rejects.toThrow(/9\.9 is not a release/)
  })

  test('tells what happens in it to whoever listens', async () => {
    await using cluster = await KafkaCluster.start()
    const seen: string[] = []
    const stop = cluster.events.on('topic:create', ({ name }) => seen.push(name))
    const client = new WireClient(cluster.connect())
    await client.send(Metadata, 4, { topics: [{ name: 'heard' }], allowAutoTopicCreation: true })
    stop()
    await client.send(Metadata, 4, { topics: [{ name: 'unheard' }], allowAutoTopicCreation: true })
    expect(seen).toEqual(['heard'])
  })
})

describe('what is wrong with the options', () => {
  test.each([
    [{ brokers: 0 }, RangeError, /brokers/],
    [{ brokers: [{ nodeId: 1 }, { nodeId: 1 }] }, RangeError, /nodeId 1 is there twice/],
    [{ port: 70_000 }, RangeError, /port/],
    [{ config: { 'node.id': '7' } }, RangeError, /config: 'node\.id' .* the option brokers tells it/],
    [{ config: { listeners: 'PLAINTEXT://:9092' } }, RangeError, /the option host and port tells it/],
    [{ config: { 'num.partition': '3' } }, ConfigError, /num\.partition\b.*num\.partitions/],
    [{ config: { 'num.partitions': 'many' } }, ConfigError, /num\.partitions/],
    [{ topics: { 'not a name': {} } }, KafkaError, /not a name/],
    [{ topics: { wide: { replicationFactor: 2 } } }, KafkaError, /wide.*eplication factor/],
    [{ topics: { odd: { configs: { 'retention.ms': 'long' } } } }, KafkaError, /odd.*retention\.ms/],
  ])('is named: %j', async (options, type, message) => {
    const started = KafkaCluster.start(options)
    await expect(started).rejects.toBeInstanceOf(type)
    await expect(started).rejects.toThrow(message)
  })

  // What TypeScript refuses, JavaScript lets through.
  test.each([
    [null, /options: an object is wanted, not null/],
    [{ broker: 3 }, /no 'broker', brokers is meant\?; there are brokers, topics/],
    [{ brokers: '3' }, /brokers: a number or a list .* is wanted, not '3'/],
    [{ brokers: [{ nodeId: 1, rak: 'a' }] }, /brokers: there is no 'rak', rack is meant\?; there are nodeId, rack/],
    [{ brokers: [{ nodeId: 1, rack: 7 }] }, /brokers: a rack that is a string is wanted, not 7/],
    [{ brokers: [{ nodeId: 2 ** 31 }] }, /nodeId .* from 0 to 2147483647 is wanted, not 2147483648/],
    [{ topics: ['orders'] }, /topics: an object is wanted/],
    [{ topics: { orders: 6 } }, /topic 'orders': an object is wanted, not 6/],
    [
      { topics: { orders: { partition: 6 } } },
      /topic 'orders': there is no 'partition', partitions is meant\?; there are partitions/,
    ],
    [{ topics: { orders: { partitions: 1.5 } } }, /topic 'orders': partitions: a whole number is wanted, not 1\.5/],
    [
      { topics: { orders: { configs: { 'retention.ms': 1 } } } },
      /configs: retention\.ms: a string such as '1' is wanted/,
    ],
    [
      { config: { 'auto.create.topics.enable': false } },
      /auto\.create\.topics\.enable: a string such as 'false' is wanted/,
    ],
    [{ config: null }, /config: an object is wanted, not null/],
    [{ version: 3.9 }, /version: a string such as '3\.9' is wanted, not 3\.9/],
    [{ port: 65_535, brokers: 2 }, /port: 65535 leaves no ports for 2 brokers/],
    [{ host: '' }, /host: a name or an address is wanted/],
    [{ clock: 'fake' }, /clock: 'real', 'virtual', { advanceTimers } or a Clock is wanted, not 'fake'/],
    [{ handlers: 1 }, /handlers: a list of handlers is wanted, not 1/],
  ])('is named where it is not of the right shape: %j', async (options, message) => {
    const started = KafkaCluster.start(options as ClusterOptions)
    await expect(started).rejects.toBeInstanceOf(RangeError)
    await expect(started).rejects.toThrow(message)
  })

  test('is a port that is taken, and then nothing stays open', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    await expect(KafkaCluster.start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port })
    taken.close()
  })
})

describe('a cluster that is stopped', () => {
  test('leaves no timer, socket or handle, even with clients that hang', async () => {
    const handles = () => process.getActiveResourcesInfo().filter((name) => /^TCP|^Timeout$/.test(name))
    // Without timers, which would be seen.
    const nothingIsLeft = async () => {
      while (handles().length > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    // What stopped before this test may still be closing.
    await nothingIsLeft()
    const cluster = await KafkaCluster.start({ brokers: 3 })
    const clients = await Promise.all(cluster.bootstrapServers.map((server) => WireClient.to(server)))
    const [client] = clients as [WireClient]
    await client.send(Metadata, 4, { topics: [{ name: 't' }], allowAutoTopicCreation: true })
    const records = [buildBatch([{ value: Buffer.from('v'), timestamp: Date.now() }])]
    await client.send(Produce, 7, {
      acks: 1,
      timeoutMs: 1000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    })
    const ended = Promise.all(clients.map(({ stream }) => once(stream, 'close')))
    await cluster.stop()
    await ended
    await nothingIsLeft()
  })

  test('may be stopped again, and refuses connections', async () => {
    const cluster = await KafkaCluster.start()
    await Promise.all([cluster.stop(), cluster.stop()])
    await cluster.stop()
    expect(() => cluster.connect()).toThrow(/stopped/)
    await expect(WireClient.to(cluster.bootstrapServers[0] as string)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
