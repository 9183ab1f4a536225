import { describe, expect, test } from 'vitest'
import { addOffsetsToTxn } from '../../../src/broker/apis/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts'
import { describeTransactions } from '../../../src/broker/apis/describe-transactions.ts'
import { endTxn } from '../../../src/broker/apis/end-txn.ts'
import { initProducerId } from '../../../src/broker/apis/init-producer-id.ts'
import { listTransactions } from '../../../src/broker/apis/list-transactions.ts'
import { produce } from '../../../src/broker/apis/produce.ts'
import { writeTxnMarkers } from '../../../src/broker/apis/write-txn-markers.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { batchOf } from '../batches.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'
import { ControlBatch } from '../coordinator/transactions/control-batch.ts'
import { producing, TransactionalProducer } from '../coordinator/transactions/producer.ts'

describe('InitProducerId with a transactional id', () => {
  test.each([0, 1, 2, 3, 4, 5])('version %i gives the same id and the next epoch', (version) => {
    const cluster = new TestCluster()
    const producer = new TransactionalProducer(cluster)
    for (const epoch of [0, 1]) {
      expect(producer.init({}, version)).toBe('NONE')
      expect(producer.identity).toBe(`0/${epoch}`)
    }
  })

  test('names PRODUCER_FENCED in versions that know it', () => {
    const { producer } = producing(0)
    producer.init()
    const old = { producerId: producer.producerId, producerEpoch: 7 }
    expect(producer.init(old, 3)).toBe('INVALID_PRODUCER_EPOCH')
    expect(producer.init(old, 4)).toBe('PRODUCER_FENCED')
  })

  test('of two phases has no time-out, where that is allowed (KIP-939)', () => {
    const cluster = new TestCluster({ config: { 'transaction.two.phase.commit.enable': 'true' } })
    const producer = new TransactionalProducer(cluster)
    expect(producer.init({ enable2Pc: true, transactionTimeoutMs: 1 }, 6)).toBe('NONE')
    expect(producer.describe().transactionTimeoutMs).toBe(0x7fffffff)
    producer.add([0])
    cluster.clock.advance(0x7fffffff)
    expect(producer.state).toBe('Ongoing')
    expect(producer.init({ keepPreparedTxn: true }, 6)).toBe('UNSUPPORTED_VERSION')
  })

  test('is for the coordinator of the id', () => {
    const { cluster } = producing(0, { brokers: 2 })
    const ids = Array.from({ length: 8 }, (_, i) => `tx-${i}`)
    const errors = ids.map((transactionalId) => {
      const answer = cluster.ask(initProducerId, 4, { transactionalId, transactionTimeoutMs: 1000 }, { node: 1 })
      return errorName(answer.errorCode)
    })
    expect(new Set(errors)).toEqual(new Set(['NONE', 'NOT_COORDINATOR']))
  })
})

describe('AddPartitionsToTxn, AddOffsetsToTxn and EndTxn', () => {
  test.each([0, 1])('version %i do not know PRODUCER_FENCED', (version) => {
    const { producer } = producing(0)
    producer.producerEpoch = 9
    expect(producer.add([0], version)).toBe('INVALID_PRODUCER_EPOCH')
    expect(producer.addOffsets('group', version)).toBe('INVALID_PRODUCER_EPOCH')
    expect(producer.end(true, version)).toBe('INVALID_PRODUCER_EPOCH')
  })

  test.each([2, 3])('version %i do', (version) => {
    const { producer } = producing(0)
    producer.producerEpoch = 9
    expect(producer.add([0], version)).toBe('PRODUCER_FENCED')
    expect(producer.addOffsets('group', version)).toBe('PRODUCER_FENCED')
    expect(producer.end(true, version)).toBe('PRODUCER_FENCED')
  })

  test('want an id that they know', () => {
    const { cluster, producer } = producing(0)
    const named = (transactionalId: string) => ({ transactionalId, producerId: 0, producerEpoch: 0 })
    const errors = ['', 'nobody'].map((id) => [
      errorName(cluster.ask(addOffsetsToTxn, 3, { ...named(id), groupId: 'group' }).errorCode),
      errorName(cluster.ask(endTxn, 3, { ...named(id), committed: true }).errorCode),
    ])
    expect(errors).toEqual([
      ['INVALID_REQUEST', 'INVALID_REQUEST'],
      ['INVALID_PRODUCER_ID_MAPPING', 'INVALID_PRODUCER_ID_MAPPING'],
    ])
    expect(producer.state).toBe('Empty')
  })

  test('add all partitions, or none', () => {
    const { producer } = producing(0)
    expect(producer.add([0, 9])).toBe('OPERATION_NOT_ATTEMPTED')
    expect(producer.state).toBe('Empty')
  })

  test('version 4 answers for each transaction, and adds nothing that it is to verify', () => {
    const { cluster, producer } = producing(2)
    const { producerId, producerEpoch, transactionalId } = producer
    const topics = [{ name: 'orders', partitions: [0] }]
    const ask = (verifyOnly: boolean) =>
      cluster
        .ask(addPartitionsToTxn, 5, {
          transactions: [{ transactionalId, producerId, producerEpoch, verifyOnly, topics }],
        })
        .resultsByTransaction.map(({ topicResults }) =>
          errorName(topicResults[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1),
        )
    expect(ask(true)).toEqual(['TRANSACTION_ABORTABLE'])
    expect(ask(false)).toEqual(['NONE'])
    expect(ask(true)).toEqual(['NONE'])
  })

  test('version 4 is never answered for no transaction, as by Kafka', () => {
    expect(new TestCluster().call(addPartitionsToTxn, 4, { transactions: [] }).isHeld).toBe(true)
  })
})

describe('WriteTxnMarkers', () => {
  test.each([0, 1, 2])('version %i ends the transaction of a producer where it is told to', (version) => {
    const { cluster, producer } = producing(0)
    producer.add([0])
    producer.send(0)
    const { producerId, producerEpoch } = producer
    const marker = { producerId, producerEpoch, transactionResult: true, coordinatorEpoch: 3, transactionVersion: 0 }
    const topics = [{ name: 'orders', partitionIndexes: [0, 8] }]
    const { markers } = cluster.ask(writeTxnMarkers, version, { markers: [{ ...marker, topics }] })
    expect(markers[0]?.topics[0]?.partitions.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
    expect(ControlBatch.last(cluster.broker().replicas.partition('orders', 0))).toEqual({
      type: 'COMMIT',
      producerId,
      producerEpoch,
      coordinatorEpoch: 3,
    })
    const zombie = { ...marker, coordinatorEpoch: 2, topics: [{ name: 'orders', partitionIndexes: [0] }] }
    const refused = cluster.ask(writeTxnMarkers, version, { markers: [zombie] }).markers[0]?.topics[0]?.partitions[0]
    expect(errorName(refused?.errorCode ?? -1)).toBe('TRANSACTION_COORDINATOR_FENCED')
  })
})

describe('Produce in a transaction', () => {
  test('is refused in each version by the error that it knows, where the partition was not added (KIP-890)', () => {
    const errors = [3, 9, 10, 11].map((version) => producing(0).producer.send(0, 1, version))
    expect(errors).toEqual(['INVALID_TXN_STATE', 'INVALID_TXN_STATE', 'INVALID_TXN_STATE', 'TRANSACTION_ABORTABLE'])
    expect(producing(2).producer.send(0, 1, 12)).toBe('NONE')
  })

  test('is not verified where that is switched off', () => {
    const { producer } = producing(0, { config: { 'transaction.partition.verification.enable': 'false' } })
    expect(producer.send(0, 1, 9)).toBe('NONE')
  })

  test('is of one producer', () => {
    const { cluster, producer } = producing(0)
    const batchBy = (producerId: number) =>
      batchOf(1, { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true })
    const partitionData = [0, 1].map((index) => ({ index, records: [batchBy(producer.producerId + index)] }))
    const { responses } = cluster.ask(produce, 9, {
      transactionalId: 'tx',
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 'orders', partitionData }],
    })
    expect(responses[0]?.partitionResponses.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'INVALID_PRODUCER_ID_MAPPING',
      'INVALID_PRODUCER_ID_MAPPING',
    ])
  })
})

describe('DescribeTransactions and ListTransactions', () => {
  test('tell of a transaction what its coordinator knows', () => {
    const { cluster, producer } = producing(2)
    producer.send(1, 1)
    expect(producer.describe()).toMatchObject({
      errorCode: 0,
      transactionState: 'Ongoing',
      transactionTimeoutMs: 60_000,
      transactionStartTimeMs: cluster.clock.now(),
      producerId: producer.producerId,
      producerEpoch: 0,
      topics: [{ topic: 'orders', partitions: [1] }],
    })
    const { transactionStates } = cluster.ask(describeTransactions, 0, { transactionalIds: ['nobody', ''] })
    expect(transactionStates.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'TRANSACTIONAL_ID_NOT_FOUND',
      'INVALID_REQUEST',
    ])
  })

  test('find transactions by state, producer, age and pattern', () => {
    const { cluster, producer } = producing(2)
    producer.send(0)
    new TransactionalProducer(cluster, { transactionalId: 'other' }).init()
    cluster.clock.advance(1000)
    const list = (filter: object, version = 2) => {
      const body = { stateFilters: [], producerIdFilters: [], ...filter }
      const { transactionStates, unknownStateFilters } = cluster.ask(listTransactions, version, body)
      return [...transactionStates.map(({ transactionalId }) => transactionalId).sort(), ...unknownStateFilters]
    }
    expect(list({}, 0)).toEqual(['other', 'tx'])
    expect(list({ stateFilters: ['Ongoing', 'Lost'] }, 0)).toEqual(['tx', 'Lost'])
    expect(list({ producerIdFilters: [1] }, 0)).toEqual(['other'])
    expect(list({ stateFilters: ['Ongoing'], durationFilter: 999 }, 1)).toEqual(['tx'])
    expect(list({ stateFilters: ['Ongoing'], durationFilter: 1000 }, 1)).toEqual([])
    expect(list({ transactionalIdPattern: 'o.*' })).toEqual(['other'])
    const refused = cluster.ask(listTransactions, 2, {
      stateFilters: [],
      producerIdFilters: [],
      transactionalIdPattern: '(',
    })
    expect(errorName(refused.errorCode)).toBe('INVALID_REGULAR_EXPRESSION')
  })
})
