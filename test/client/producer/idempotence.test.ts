import { describe, expect, test } from 'vitest'
import {
  type AsyncProducer,
  type Config,
  ErrInvalidProducerEpoch,
  ErrOutOfOrderSequenceNumber,
  newAsyncProducer,
  newConfig,
  type ProducerMessage,
  WaitForAll,
} from '../../../src/client/index.ts'
import { ErrorCode, KafkaCluster } from '../../../src/index.ts'
import { KafkaResponse, kafka, Produce, respond } from '../../../src/testing/index.ts'
import { settled, valuesOf } from './settled.ts'

async function startCluster(): Promise<KafkaCluster> {
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
}

async function producerOf(cluster: KafkaCluster, change: (config: Config) => void = () => {}): Promise<AsyncProducer> {
  const config = newConfig(cluster.clientConfig())
  config.producer.return.successes = true
  config.producer.requiredAcks = WaitForAll
  config.producer.idempotent = true
  change(config)
  return newAsyncProducer(cluster.bootstrapServers, config)
}

interface Sighting {
  readonly epoch: number
  readonly sequence: number
  readonly count: number
}

/** What stands in the headers of the batches that arrive; the answer to the nth is `answers[n]`, the broker's own where there is none. */
function watch(cluster: KafkaCluster, answers: readonly (number | undefined)[] = [], more: object = {}): Sighting[] {
  const sightings: Sighting[] = []
  cluster.use(
    respond(Produce, ({ request }) => {
      const [topic] = request.topicData
      const [data] = topic?.partitionData ?? []
      const batch = data?.records?.[0] as Buffer
      const code = answers[sightings.length]
      sightings.push({
        epoch: batch.readInt16BE(51),
        sequence: batch.readInt32BE(53),
        count: batch.readInt32BE(57),
      })
      if (code === undefined) return undefined
      const partitionResponses = [{ index: data?.index ?? 0, errorCode: code, baseOffset: -1, ...more }]
      return { responses: [{ name: topic?.name ?? '', topicId: topic?.topicId ?? '', partitionResponses }] }
    }),
  )
  return sightings
}

async function send(producer: AsyncProducer, ...values: string[]): Promise<void> {
  for (const value of values) await producer.input.send({ topic: 'orders', value })
}

async function receive(cluster: KafkaCluster, producer: AsyncProducer, count: number): Promise<ProducerMessage[]> {
  const messages: ProducerMessage[] = []
  while (messages.length < count) {
    messages.push((await settled(cluster, producer.successes.receive())) as ProducerMessage)
  }
  return messages
}

describe('an idempotent producer', () => {
  test('numbers its messages from 0 on', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster)
    const sightings = watch(cluster)
    await send(producer, 'a', 'b', 'c')
    await receive(cluster, producer, 3)
    await send(producer, 'd')
    await receive(cluster, producer, 1)
    expect(sightings).toEqual([
      { epoch: 0, sequence: 0, count: 3 },
      { epoch: 0, sequence: 3, count: 1 },
    ])
  })

  test('sends what failed again with the same numbers', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster)
    const sightings = watch(cluster, [ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.REQUEST_TIMED_OUT])
    await send(producer, 'a', 'b')
    await cluster.clock.advance(0)
    await send(producer, 'c')
    await receive(cluster, producer, 3)
    expect(sightings).toEqual([
      { epoch: 0, sequence: 0, count: 2 },
      { epoch: 0, sequence: 0, count: 2 },
      { epoch: 0, sequence: 0, count: 2 },
      { epoch: 0, sequence: 2, count: 1 },
    ])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['a', 'b', 'c'])
  })

  test('has several batches of a partition under way once the broker knows it, and sends all that follow a failed one again', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.maxMessageBytes = 100
    })
    await send(producer, 'first')
    await receive(cluster, producer, 1)
    const sightings = watch(cluster, [ErrorCode.NOT_LEADER_OR_FOLLOWER])
    await send(producer, 'a', 'b', 'c')
    await receive(cluster, producer, 3)
    expect(sightings.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 1, 2, 3])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['first', 'a', 'b', 'c'])
  })

  test('has one batch under way while the broker does not know it', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.maxMessageBytes = 100
    })
    // A broker that knows nothing of a producer takes any number for its first: b would be written before a.
    const sightings = watch(cluster, [ErrorCode.NOT_ENOUGH_REPLICAS])
    await send(producer, 'a', 'b')
    await receive(cluster, producer, 2)
    expect(sightings.map(({ sequence }) => sequence)).toEqual([0, 0, 1])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['a', 'b'])
  })

  test('takes DUPLICATE_SEQUENCE_NUMBER for success, at an offset that is not known', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster)
    watch(cluster, [ErrorCode.DUPLICATE_SEQUENCE_NUMBER])
    await send(producer, 'a', 'b')
    expect(await receive(cluster, producer, 2)).toMatchObject([{ offset: -1 }, { offset: -1 }])
  })

  test.each(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID'] as const)(
    'begins another epoch when the broker has lost track: %s (KIP-360)',
    async (error) => {
      await using cluster = await startCluster()
      await using producer = await producerOf(cluster)
      await send(producer, 'first')
      await receive(cluster, producer, 1)
      const sightings = watch(cluster, [ErrorCode[error]], { logStartOffset: 0 })
      await send(producer, 'a', 'b')
      await receive(cluster, producer, 2)
      expect(sightings).toEqual([
        { epoch: 0, sequence: 1, count: 2 },
        { epoch: 1, sequence: 0, count: 2 },
      ])
      expect(valuesOf(cluster, 'orders', 0)).toEqual(['first', 'a', 'b'])
    },
  )

  test('asks again where the broker that knows nothing of it does not tell its log either', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster)
    const sightings = watch(cluster, [ErrorCode.UNKNOWN_PRODUCER_ID], { logStartOffset: -1 })
    await send(producer, 'a')
    await receive(cluster, producer, 1)
    expect(sightings.map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('does not lose track over a batch that is refused, nor over those behind it', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.maxMessageBytes = 100
    })
    await send(producer, 'first')
    await receive(cluster, producer, 1)
    const sightings = watch(cluster, [ErrorCode.INVALID_RECORD])
    await send(producer, 'a', 'b', 'c')
    await receive(cluster, producer, 2)
    expect((await producer.errors.receive())?.msg.value).toBe('a')
    expect(sightings.map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 0],
      [1, 1],
    ])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['first', 'b', 'c'])
  })

  test('writes nothing twice that is in doubt when a batch behind it is refused', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.maxMessageBytes = 100
    })
    await send(producer, 'first')
    await receive(cluster, producer, 1)
    const inDoubt = KafkaResponse.error('NOT_ENOUGH_REPLICAS_AFTER_APPEND')
    cluster.use(kafka.produce({}, () => inDoubt, { once: true, at: 'after' }))
    const sightings = watch(cluster, [undefined, ErrorCode.INVALID_RECORD])
    await send(producer, 'a', 'b', 'c')
    await receive(cluster, producer, 2)
    expect((await settled(cluster, producer.errors.receive()))?.msg.value).toBe('b')
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['first', 'a', 'c'])
    expect(sightings.map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 1],
      [1, 0],
    ])
  })

  test('goes on after a message whose fate it does not know', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.retry.max = 1
    })
    await send(producer, 'first')
    await receive(cluster, producer, 1)
    const sightings = watch(cluster, [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.REQUEST_TIMED_OUT])
    await send(producer, 'a')
    expect((await settled(cluster, producer.errors.receive()))?.msg.value).toBe('a')
    // It was not written, which the broker tells when it sees the next one's number.
    await send(producer, 'b')
    await receive(cluster, producer, 1)
    expect(sightings.map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [0, 1],
      [0, 1],
      [0, 2],
      [1, 0],
    ])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['first', 'b'])
  })

  test('gives up a batch for which another epoch does not help', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.retry.max = 2
    })
    watch(cluster, Array(3).fill(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER))
    await send(producer, 'a', 'b')
    for (const value of ['a', 'b']) {
      const error = await settled(cluster, producer.errors.receive())
      expect(error?.msg.value).toBe(value)
      expect(error?.err).toBeInstanceOf(ErrOutOfOrderSequenceNumber)
    }
    await send(producer, 'c')
    await receive(cluster, producer, 1)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['c'])
  })

  test('gives back what was refused for an epoch that is over, and goes on under another', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster)
    const sightings = watch(cluster, [ErrorCode.INVALID_PRODUCER_EPOCH])
    await send(producer, 'a')
    expect((await producer.errors.receive())?.err).toBeInstanceOf(ErrInvalidProducerEpoch)
    await send(producer, 'b')
    await receive(cluster, producer, 1)
    expect(sightings.map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [0, 0],
      [1, 0],
    ])
  })

  test('keeps the numbers of partitions that had nothing to do with it until they are done', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {}, bills: {} } })
    await using producer = await producerOf(cluster)
    await producer.input.send({ topic: 'bills', value: 'x' })
    await receive(cluster, producer, 1)
    watch(cluster, [ErrorCode.UNKNOWN_PRODUCER_ID], { logStartOffset: 0 })
    await send(producer, 'a')
    await receive(cluster, producer, 1)
    await producer.input.send({ topic: 'bills', value: 'y' })
    await receive(cluster, producer, 1)
    expect(valuesOf(cluster, 'bills', 0)).toEqual(['x', 'y'])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['a'])
  })
})
