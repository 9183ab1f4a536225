import { KafkaCluster } from 'memkafka'
import {
  ErrOffsetOutOfRange,
  newAsyncProducer,
  newClient,
  newConfig,
  newManualPartitioner,
  newOffsetManagerFromClient,
  newSyncProducer,
  type ProducerMessage,
} from 'memkafka/client'
import { kafka } from 'memkafka/testing'
import { describe, expect, test } from 'vitest'
import { saramaConsumer } from './consumer.ts'
import { correctedConsumer } from './consumer-corrected.ts'

type Program = typeof saramaConsumer

/** A topic whose partition 2 a program reads, in memory and on a clock that stands still. */
function start(configs: Record<string, string> = {}): Promise<KafkaCluster> {
  return KafkaCluster.start({ clock: 'virtual', topics: { '0606_test': { partitions: 3, configs } } })
}

function toPartition2(cluster: KafkaCluster) {
  const config = newConfig(cluster.clientConfig())
  config.producer.partitioner = newManualPartitioner
  config.producer.return.successes = true
  return config
}

/** Writes messages to partition 2; `key=value` has a key. */
async function produce(cluster: KafkaCluster, ...texts: string[]): Promise<void> {
  await using producer = await newSyncProducer(cluster.bootstrapServers, toPartition2(cluster))
  for (const message of texts.map(messageOf)) await producer.sendMessage(message)
}

/** Writes messages in a transaction, whose end takes an offset too. */
async function produceInTransaction(cluster: KafkaCluster, ...texts: string[]): Promise<void> {
  const config = toPartition2(cluster)
  config.producer.idempotent = true
  config.producer.transaction.id = 'orders'
  config.producer.requiredAcks = -1
  await using producer = await newAsyncProducer(cluster.bootstrapServers, config)
  await producer.beginTxn()
  for (const message of texts.map(messageOf)) {
    await producer.input.send(message)
    await producer.successes.receive()
  }
  await producer.commitTxn()
}

function messageOf(text: string): ProducerMessage {
  const [value, key = null] = text.split('=').reverse()
  return { topic: '0606_test', partition: 2, key, value: value ?? '' }
}

/** Runs a program until it has marked so many messages; then Ctrl-C. */
async function run(program: Program, cluster: KafkaCluster, messages: number, read: string[] = []): Promise<string[]> {
  const stop = new AbortController()
  await program({
    addrs: cluster.bootstrapServers,
    options: cluster.clientConfig(),
    signal: stop.signal,
    print(first, dots) {
      const [, value] = /^Consumed message offset \d+\n message:(.*)$/.exec(String(first)) ?? []
      if (value !== undefined) read.push(value)
      if (dots === '...' && read.length === messages) stop.abort()
    },
  })
  return read
}

const committed = (cluster: KafkaCluster) => cluster.group('group111').committed[0]?.offset

/** What a program reads when it is started again, one message; before that it has read all there was. */
const again: Record<string, (program: Program) => Promise<string[]>> = {
  async 'without gaps'(program) {
    await using cluster = await start()
    await produce(cluster, 'zero', 'one', 'two')
    await run(program, cluster, 3)
    await produce(cluster, 'three')
    return await run(program, cluster, 1)
  },
  async 'after compaction'(program) {
    await using cluster = await start({ 'cleanup.policy': 'compact' })
    await produce(cluster, 'k=zero', 'k=one', 'l=two', 'm=three')
    cluster.topic('0606_test').compact()
    await run(program, cluster, 3)
    await produce(cluster, 'n=four')
    return await run(program, cluster, 1)
  },
  async 'after transaction markers'(program) {
    await using cluster = await start()
    await produceInTransaction(cluster, 'zero', 'one')
    await produceInTransaction(cluster, 'three', 'four')
    await run(program, cluster, 4)
    await produce(cluster, 'six')
    return await run(program, cluster, 1)
  },
  async 'after retention'(program) {
    await using cluster = await start({ 'retention.ms': '60000' })
    await produce(cluster, 'zero', 'one', 'two', 'three')
    await run(program, cluster, 2)
    await cluster.clock.advance(61_000)
    cluster.topic('0606_test').deleteOldSegments()
    await produce(cluster, 'four')
    return await run(program, cluster, 1)
  },
  async 'after a conventional commit'(program) {
    await using cluster = await start()
    await produce(cluster, 'zero', 'one', 'two', 'three')
    // Another program of the group has read two messages, and says what is next, as all clients of Kafka do.
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await using offsets = newOffsetManagerFromClient('group111', client)
    const partition = await offsets.managePartition('0606_test', 2)
    partition.markOffset(2, '')
    await offsets.commit()
    return await run(program, cluster, 1)
  },
}

describe("the notes' consumer", () => {
  const next = (when: string) => again[when]?.(saramaConsumer)

  test('reads what comes next, alone on a partition without gaps', async () => {
    expect(await next('without gaps')).toEqual(['three'])
  })

  test('commits the last offset instead of the next one', async () => {
    await using cluster = await start()
    await produce(cluster, 'zero', 'one', 'two')
    await run(saramaConsumer, cluster, 3)
    expect(committed(cluster)).toBe(2)
  })

  test('reads a message again after compaction: it counts three where the last has offset 3', async () => {
    expect(await next('after compaction')).toEqual(['three'])
  })

  test('reads a message again after a transaction: its end has an offset too', async () => {
    expect(await next('after transaction markers')).toEqual(['four'])
  })

  test('cannot start after retention: what it wants to read is deleted', async () => {
    await expect(next('after retention')).rejects.toBeInstanceOf(ErrOffsetOutOfRange)
  })

  test('cannot start for the first time where retention has deleted the first messages', async () => {
    await using cluster = await start({ 'retention.ms': '60000' })
    await produce(cluster, 'zero')
    await cluster.clock.advance(61_000)
    cluster.topic('0606_test').deleteOldSegments()
    await produce(cluster, 'one')
    await expect(run(saramaConsumer, cluster, 1)).rejects.toBeInstanceOf(ErrOffsetOutOfRange)
  })

  test('skips a message after a conventional commit', async () => {
    expect(await next('after a conventional commit')).toEqual(['three'])
  })
})

describe('the corrected program', () => {
  const next = (when: string) => again[when]?.(correctedConsumer)

  test('reads what comes next, alone on a partition without gaps', async () => {
    expect(await next('without gaps')).toEqual(['three'])
  })

  test('commits the next offset', async () => {
    await using cluster = await start()
    await produce(cluster, 'zero', 'one', 'two')
    await run(correctedConsumer, cluster, 3)
    expect(committed(cluster)).toBe(3)
  })

  test('reads what comes next after compaction', async () => {
    expect(await next('after compaction')).toEqual(['four'])
  })

  test('reads what comes next after a transaction', async () => {
    expect(await next('after transaction markers')).toEqual(['six'])
  })

  test('reads the oldest that is left after retention', async () => {
    expect(await next('after retention')).toEqual(['four'])
  })

  test('reads the oldest that is left when it starts for the first time', async () => {
    await using cluster = await start({ 'retention.ms': '60000' })
    await produce(cluster, 'zero')
    await cluster.clock.advance(61_000)
    cluster.topic('0606_test').deleteOldSegments()
    await produce(cluster, 'one')
    expect(await run(correctedConsumer, cluster, 1)).toEqual(['one'])
  })

  test('goes on with the oldest that is left when retention overtakes it', async () => {
    await using cluster = await start({ 'retention.ms': '1000' })
    await produce(cluster, 'zero', 'one')
    const read: string[] = []
    const reading = run(correctedConsumer, cluster, 3, read)
    await cluster.clock.runUntil(() => read.length === 2)
    // While its next request is on the way, what it asks for is written and deleted.
    using gate = cluster.gate(kafka.fetch({ topic: '0606_test' }))
    await cluster.clock.runUntil(() => gate.held > 0)
    await produce(cluster, 'two', 'three')
    await cluster.clock.advance(2000)
    cluster.topic('0606_test').deleteOldSegments()
    await produce(cluster, 'four')
    gate.open()
    expect(await reading).toEqual(['zero', 'one', 'four'])
    expect(committed(cluster)).toBe(5)
  })

  test('reads what comes next after a conventional commit', async () => {
    expect(await next('after a conventional commit')).toEqual(['two'])
  })
})
