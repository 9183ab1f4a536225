import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  kafkaError,
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagFatalError,
  ProducerTxnFlagInError,
  ProducerTxnFlagReady,
  txnStatusText,
} from '../../../../src/client/index.ts'
import type { KafkaCluster } from '../../../../src/index.ts'
import { ErrorCode, type ErrorName } from '../../../../src/protocol/errors.ts'
import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  EndTxn,
  InitProducerId,
  respond,
  TxnOffsetCommit,
} from '../../../../src/testing/index.ts'
import { committed, failure, releases, settled, startCluster, TestProducer } from './rig.ts'

/** Answers the next EndTxn, or the next few, with an error. */
function endsWith(cluster: KafkaCluster, error: ErrorName, times = 1): { asked: number } {
  const seen = { asked: 0 }
  cluster.use(respond(EndTxn, () => (seen.asked++ < times ? { errorCode: ErrorCode[error] } : undefined)))
  return seen
}

const passing: readonly ErrorName[] = [
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'CONCURRENT_TRANSACTIONS',
  'REQUEST_TIMED_OUT',
]

const fatal: readonly ErrorName[] = [
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_TXN_STATE',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'UNKNOWN_SERVER_ERROR',
]

describe.each(releases)('errors of coordinators, %s', (_, version) => {
  test.each(passing)('%s passes: the end is asked for again', async (error) => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const seen = endsWith(cluster, error, 3)
    await producer.transaction(true, 'a')
    expect(seen.asked).toBe(4)
    expect(committed(cluster, 0)).toEqual(['a'])
    await producer.client.close()
  })

  test.each(fatal)('%s is the end of the producer', async (error) => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const seen = endsWith(cluster, error)
    producer.manager.begin()
    await producer.write(0, 'a')
    const thrown = await failure(producer.end(true))
    expect(thrown).toMatchObject({ error: error === 'INVALID_PRODUCER_EPOCH' ? 'PRODUCER_FENCED' : error })
    expect(producer.manager.status).toBe(ProducerTxnFlagInError | ProducerTxnFlagFatalError)
    expect(await failure(producer.end(false))).toBe(thrown)
    expect(await failure(producer.manager.init())).toBe(thrown)
    // Nothing that comes later hides what it was.
    producer.manager.fail(new Error('a message that is lost with it'))
    expect(producer.manager.lastError).toBe(thrown)
    expect(seen.asked).toBe(1)
    await producer.client.close()
  })

  test('TRANSACTION_ABORTABLE is the end of the transaction', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    endsWith(cluster, 'TRANSACTION_ABORTABLE')
    producer.manager.begin()
    await producer.write(0, 'given up')
    expect(await failure(producer.end(true))).toMatchObject({ error: 'TRANSACTION_ABORTABLE' })
    expect(producer.manager.status).toBe(ProducerTxnFlagInError | ProducerTxnFlagAbortableError)
    await producer.end(false)
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['kept'])
    await producer.client.close()
  })

  test('TRANSACTION_ABORTABLE for an abort is the end of the producer: it would go on for ever', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    endsWith(cluster, 'TRANSACTION_ABORTABLE')
    producer.manager.begin()
    await producer.write(0, 'a')
    expect(await failure(producer.end(false))).toMatchObject({ error: 'TRANSACTION_ABORTABLE' })
    expect(txnStatusText(producer.manager.status)).toBe('InError|FatalError')
    await producer.client.close()
  })

  test('UNKNOWN_PRODUCER_ID: the transaction is aborted, and the producer goes on in another epoch', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    endsWith(cluster, 'UNKNOWN_PRODUCER_ID')
    producer.manager.begin()
    await producer.write(0, 'given up')
    const { producerEpoch } = producer.manager
    expect(await failure(producer.end(true))).toMatchObject({ error: 'UNKNOWN_PRODUCER_ID' })
    await producer.end(false)
    expect(producer.manager.producerEpoch).toBeGreaterThan(producerEpoch)
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['kept'])
    await producer.client.close()
  })

  test('INVALID_PRODUCER_ID_MAPPING: a producer that the coordinator has forgotten goes on as another', async () => {
    const config = { 'transactional.id.expiration.ms': '100000' }
    await using cluster = await startCluster({ version, config })
    const producer = await TestProducer.transactional(cluster)
    await producer.transaction(true, 'long ago')
    await cluster.clock.advance(3 * 3_600_000)
    expect(cluster.transaction('billing-1').state).toBeUndefined()
    producer.manager.begin()
    if (producer.manager.isTransactionV2) {
      expect(await producer.write(0, 'lost')).toBe('INVALID_PRODUCER_ID_MAPPING')
      producer.manager.fail(kafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING))
    } else {
      expect(await failure(producer.write(0, 'lost'))).toMatchObject({ error: 'INVALID_PRODUCER_ID_MAPPING' })
    }
    expect(producer.manager.status).toBe(ProducerTxnFlagInError | ProducerTxnFlagAbortableError)
    await producer.end(false)
    expect(producer.manager.status).toBe(ProducerTxnFlagReady)
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['long ago', 'kept'])
    await producer.client.close()
  })

  test('a new epoch that could not be had after an abort is asked for by the next abort', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster, 'billing-1', {
      producer: { transaction: { retry: { max: 2 } } },
    })
    endsWith(cluster, 'UNKNOWN_PRODUCER_ID')
    producer.manager.begin()
    await producer.write(0, 'given up')
    await failure(producer.end(true))
    let asked = 0
    cluster.use(
      respond(InitProducerId, () => (asked++ < 3 ? { errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS } : undefined)),
    )
    expect(await failure(producer.end(false))).toMatchObject({ error: 'COORDINATOR_LOAD_IN_PROGRESS' })
    expect(txnStatusText(producer.manager.status)).toBe('Initializing')
    await producer.end(false)
    expect(producer.manager.status).toBe(ProducerTxnFlagReady)
    expect(asked).toBe(4)
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['kept'])
    await producer.client.close()
  })

  test('an end for which the retries ran out is taken up again by the same call, and by no other', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster, 'billing-1', {
      producer: { transaction: { retry: { max: 4 } } },
    })
    const seen = endsWith(cluster, 'COORDINATOR_LOAD_IN_PROGRESS', 5)
    producer.manager.begin()
    await producer.write(0, 'a')
    expect(await failure(producer.end(true))).toMatchObject({ error: 'COORDINATOR_LOAD_IN_PROGRESS' })
    expect(seen.asked).toBe(5)
    expect(txnStatusText(producer.manager.status)).toBe('EndTransaction|CommittingTransaction')
    // It may have been committed: to abort it could be a lie.
    expect(await failure(producer.end(false))).toMatchObject({ name: 'ErrTransitionNotAllowed' })
    await producer.end(true)
    expect(committed(cluster, 0)).toEqual(['a'])
    await producer.client.close()
  })

  test('a commit that has not come to the coordinator yet can still be turned into an abort', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster, 'billing-1', {
      producer: { transaction: { retry: { max: 1 } } },
    })
    cluster.use(
      respond(TxnOffsetCommit, ({ request }) => ({
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
          })),
        })),
      })),
    )
    producer.manager.begin()
    await producer.write(0, 'given up')
    producer.manager.addOffsets({ orders: [{ partition: 0, offset: 1 }] }, 'billing')
    expect(await failure(producer.end(true))).toMatchObject({ error: 'COORDINATOR_LOAD_IN_PROGRESS' })
    await producer.end(false)
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['kept'])
    await producer.client.close()
  })

  test('a call that is aborted ends at once, and its transaction when it is asked for again', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    endsWith(cluster, 'COORDINATOR_LOAD_IN_PROGRESS', 2)
    manager.begin()
    await producer.write(0, 'a')
    const impatient = new AbortController()
    const reason = new Error('not today')
    const ending = failure(manager.end(true, () => Promise.resolve(), { signal: impatient.signal }))
    await cluster.clock.advance(50)
    impatient.abort(reason)
    expect(await ending).toBe(reason)
    expect(await failure(manager.end(true, () => Promise.resolve(), { signal: impatient.signal }))).toBe(reason)
    await producer.end(true)
    expect(committed(cluster, 0)).toEqual(['a'])
    await producer.client.close()
  })

  test('nobody is asked any more once the client is closed', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    const seen = endsWith(cluster, 'COORDINATOR_LOAD_IN_PROGRESS', 10)
    manager.begin()
    await producer.write(0, 'a')
    const ending = failure(manager.end(true, () => Promise.resolve()))
    await cluster.clock.advance(0)
    await producer.client.close()
    expect(await settled(cluster, ending)).toBeInstanceOf(Error)
    expect(seen.asked).toBe(1)
  })

  test('a coordinator that moves in the middle of a transaction is found', async () => {
    await using cluster = await startCluster({ version, brokers: 3, topics: { bills: { partitions: 3 }, orders: {} } })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    const billing = cluster.transaction('billing-1')
    const others = cluster.brokers.filter(({ nodeId }) => nodeId !== billing.coordinator)
    manager.begin()
    await producer.write(0, 'a')
    billing.moveCoordinator(others[0] as (typeof others)[0])
    await producer.write(1, 'b')
    billing.moveCoordinator(others[1] as (typeof others)[0])
    manager.addOffsets({ orders: [{ partition: 0, offset: 1 }] }, 'billing')
    await producer.end(true)
    expect([committed(cluster, 0), committed(cluster, 1)]).toEqual([['a'], ['b']])
    expect(cluster.group('billing').committed).toMatchObject([{ offset: 1 }])
    await producer.client.close()
  })

  test('a coordinator that dies is found again, and knows what it was told', async () => {
    await using cluster = await startCluster({
      version,
      brokers: 3,
      topics: { bills: { partitions: 3, replicationFactor: 3 }, orders: {} },
    })
    const producer = await TestProducer.transactional(cluster)
    producer.manager.begin()
    await producer.write(0, 'a')
    await cluster.broker(cluster.transaction('billing-1').coordinator as number).kill()
    await producer.end(true)
    expect(committed(cluster, 0)).toEqual(['a'])
    await producer.client.close()
  })

  test('an end whose answer is lost is not ended twice', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    manager.begin()
    await producer.write(0, 'a')
    const { producerEpoch } = manager
    const coordinator = await producer.client.transactionCoordinator('billing-1')
    // Another connection ends it just before: what this one sends is the same request again.
    const body = { transactionalId: 'billing-1', producerId: manager.producerId, producerEpoch, committed: true }
    await coordinator.send(EndTxn, body, { maxVersion: manager.isTransactionV2 ? 5 : 4 })
    await producer.end(true)
    expect(committed(cluster, 0)).toEqual(['a'])
    await producer.transaction(true, 'b')
    expect(committed(cluster, 0)).toEqual(['a', 'b'])
    await producer.client.close()
  })
})

describe('errors of AddPartitionsToTxn', () => {
  /** What is answered for each partition, in turn. */
  const refuses = (cluster: KafkaCluster, errors: readonly (readonly ErrorName[])[]): number[][] => {
    const asked: number[][] = []
    cluster.use(
      respond(AddPartitionsToTxn, ({ request }) => {
        const [topic] = request.v3AndBelowTopics
        const answers = errors[asked.length]
        asked.push(topic?.partitions ?? [])
        if (answers === undefined || topic === undefined) return undefined
        const resultsByPartition = topic.partitions.map((partitionIndex, i) => ({
          partitionIndex,
          partitionErrorCode: ErrorCode[answers[i] ?? 'NONE'],
        }))
        return { resultsByTopicV3AndBelow: [{ name: topic.name, resultsByPartition }] }
      }),
    )
    return asked
  }
  const all = [0, 1, 2].map((partition) => ({ topic: 'bills', partition }))

  test('those that pass are asked for again, for the partitions that are not added yet', async () => {
    await using cluster = await startCluster({ version: '3.9' })
    const producer = await TestProducer.transactional(cluster)
    const asked = refuses(cluster, [
      ['CONCURRENT_TRANSACTIONS', 'CONCURRENT_TRANSACTIONS', 'CONCURRENT_TRANSACTIONS'],
      ['NONE', 'UNKNOWN_TOPIC_OR_PARTITION', 'NOT_COORDINATOR'],
    ])
    producer.manager.begin()
    await settled(cluster, producer.manager.publishTxnPartitions(all))
    expect(asked).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [1, 2],
    ])
    await producer.client.close()
  })

  test('the end of the last transaction is waited for in short steps', async () => {
    await using cluster = await startCluster({ version: '3.9' })
    const producer = await TestProducer.transactional(cluster)
    refuses(cluster, [['CONCURRENT_TRANSACTIONS'], ['CONCURRENT_TRANSACTIONS'], ['CONCURRENT_TRANSACTIONS']])
    producer.manager.begin()
    const begun = cluster.clock.now()
    await settled(cluster, producer.manager.publishTxnPartitions(all.slice(0, 1)))
    expect(cluster.clock.now() - begun).toBe(60)
    await producer.client.close()
  })

  test('the end of the last transaction is waited for as long as for anything else, short steps or not', async () => {
    await using cluster = await startCluster({ version: '3.9' })
    const producer = await TestProducer.transactional(cluster, 'billing-1', {
      producer: { transaction: { retry: { backoffFunc: () => 100 } } },
    })
    await producer.transaction(true, 'first')
    const release = cluster.broker(cluster.transaction('billing-1').coordinator as number).holdTransactionMarkers()
    await producer.transaction(true, 'second')
    cluster.clock.setTimer(4_900, release)
    await producer.transaction(true, 'third')
    expect(committed(cluster, 0)).toEqual(['first', 'second', 'third'])
    await producer.client.close()
  })

  test('a topic that must not be written to has the transaction aborted, for that reason', async () => {
    await using cluster = await startCluster({ version: '3.9' })
    const producer = await TestProducer.transactional(cluster)
    refuses(cluster, [['OPERATION_NOT_ATTEMPTED', 'TOPIC_AUTHORIZATION_FAILED', 'OPERATION_NOT_ATTEMPTED']])
    producer.manager.begin()
    const thrown = await failure(settled(cluster, producer.manager.publishTxnPartitions(all)))
    expect(thrown).toMatchObject({ error: 'TOPIC_AUTHORIZATION_FAILED' })
    expect(producer.manager.status).toBe(ProducerTxnFlagInError | ProducerTxnFlagAbortableError)
    expect(await failure(producer.manager.publishTxnPartitions(all))).toBe(thrown)
    await producer.end(false)
    expect(producer.manager.status).toBe(ProducerTxnFlagReady)
    await producer.client.close()
  })

  test('a group that may not be used has the transaction aborted', async () => {
    await using cluster = await startCluster({ version: '3.9' })
    const producer = await TestProducer.transactional(cluster)
    cluster.use(respond(AddOffsetsToTxn, () => ({ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED })))
    producer.manager.begin()
    producer.manager.addOffsets({ orders: [{ partition: 0, offset: 1 }] }, 'billing')
    expect(await failure(producer.end(true))).toMatchObject({ error: 'GROUP_AUTHORIZATION_FAILED' })
    await producer.end(false)
    expect(producer.manager.status).toBe(ProducerTxnFlagReady)
    await producer.client.close()
  })
})

describe('errors of InitProducerId', () => {
  test('those that pass are tried again, as often as the config says', async () => {
    await using cluster = await startCluster()
    let asked = 0
    const never = respond(InitProducerId, () => {
      asked++
      return { errorCode: ErrorCode.CONCURRENT_TRANSACTIONS }
    })
    cluster.use(never)
    const options = { producer: { transaction: { retry: { max: 7 } } } }
    expect(await failure(TestProducer.transactional(cluster, 'billing-1', options))).toMatchObject({
      error: 'CONCURRENT_TRANSACTIONS',
    })
    expect(asked).toBe(8)
  })

  test('the id is had by a later try when there was none at first', async () => {
    await using cluster = await startCluster()
    const once = respond(InitProducerId, () => ({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE }), { once: true })
    cluster.use(once)
    const producer = await TestProducer.transactional(cluster)
    expect(producer.manager.status).toBe(ProducerTxnFlagReady)
    await producer.client.close()
  })
})

test('what is committed is read, all of it and in its order, and nothing else, whatever passing errors come', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ write: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.constant({ fail: true }) },
    { weight: 1, arbitrary: fc.constant({ move: true }) },
    { weight: 2, arbitrary: fc.record({ end: fc.boolean() }) },
  )
  const errors = fc.array(fc.constantFrom(undefined, ...passing), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      errors,
      fc.constantFrom('3.9', '4.4'),
      async (steps, faults, version) => {
        await using cluster = await startCluster({ version, brokers: 2 })
        const producer = await TestProducer.transactional(cluster)
        const { manager } = producer
        let asked = 0
        const maybe = (): { errorCode: number } | undefined => {
          const fault = faults[asked++]
          return fault === undefined ? undefined : { errorCode: ErrorCode[fault] }
        }
        cluster.use(respond(EndTxn, maybe), respond(AddOffsetsToTxn, maybe), respond(InitProducerId, maybe))
        const expected: string[][] = [[], [], []]
        let written: [number, string][] = []
        let offset = 0
        let committedOffset: number | undefined
        manager.begin()
        for (const [i, action] of [...steps, { end: true }].entries()) {
          if ('write' in action && manager.lastError === null) {
            const answer = await producer.write(action.write, `${i}`)
            expect(answer).toBe('NONE')
            written.push([action.write, `${i}`])
            manager.addOffsets({ orders: [{ partition: 0, offset: ++offset }] }, 'billing')
          } else if ('fail' in action) manager.fail(new Error('not produced'))
          else if ('move' in action) {
            const billing = cluster.transaction('billing-1')
            billing.moveCoordinator(cluster.broker(3 - (billing.coordinator as number)))
          } else if ('end' in action) {
            const commit = action.end && manager.lastError === null
            await producer.end(commit)
            if (commit && written.length > 0) committedOffset = offset
            if (commit) for (const [partition, value] of written) expected[partition]?.push(value)
            written = []
            manager.begin()
          }
        }
        expect([0, 1, 2].map((partition) => committed(cluster, partition))).toEqual(expected)
        expect(cluster.group('billing').committed.map((one) => one.offset)).toEqual(
          committedOffset === undefined ? [] : [committedOffset],
        )
        await producer.client.close()
      },
    ),
    { numRuns: 30 },
  )
})
