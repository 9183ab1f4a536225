import { describe, expect, test } from 'vitest'
import { TopicPartitions } from '../../../../src/broker/coordinator/transactions/topic-partitions.ts'
import {
  newTransaction,
  prepared,
  withPartitions,
} from '../../../../src/broker/coordinator/transactions/transaction.ts'
import {
  decodeTransactionRecord,
  encodeTransactionRecord,
} from '../../../../src/broker/coordinator/transactions/transaction-record.ts'

const idle = { ...newTransaction('tx', 7, 60_000, 1000), producerEpoch: 3, lastProducerEpoch: 2 }
const open = withPartitions(idle, [{ topic: 'orders', partitions: [2, 0] }], 2, 2000)

describe('A record of __transaction_state', () => {
  test.each([
    [0, 0],
    [1, 1],
    [2, 1],
  ])('at transaction.version %d has a value of version %d', (transactionVersion, version) => {
    const { key, value } = encodeTransactionRecord({ transactionalId: 'tx', transaction: open }, transactionVersion)
    expect(key.toString('latin1')).toBe('\0\0\0\x02tx')
    expect(value?.readInt16BE(0)).toBe(version)
  })

  test('brings back all but the epoch before the last one', () => {
    const record = { transactionalId: 'tx', transaction: prepared(open, END, 3000) }
    const read = decodeTransactionRecord(encodeTransactionRecord(record, 2))?.transaction
    expect({ ...read, partitions: read?.partitions.topics() }).toEqual({
      ...record.transaction,
      lastProducerEpoch: -1,
      partitions: [{ topic: 'orders', partitions: [2, 0] }],
    })
  })

  test('of version 0 has neither other ids nor the version of the client', () => {
    const record = { transactionalId: 'tx', transaction: prepared(open, END, 3000) }
    expect(decodeTransactionRecord(encodeTransactionRecord(record, 0))?.transaction).toMatchObject({
      producerId: 7,
      previousProducerId: -1,
      nextProducerId: -1,
      clientTransactionVersion: 0,
      state: 'PrepareCommit',
    })
  })

  test('without a value forgets the id', () => {
    const encoded = encodeTransactionRecord({ transactionalId: 'tx', transaction: null }, 2)
    expect(encoded.value).toBeNull()
    expect(decodeTransactionRecord(encoded)).toEqual({ transactionalId: 'tx', transaction: null })
  })

  test('of another type, version or state is passed over', () => {
    const { key, value } = encodeTransactionRecord({ transactionalId: 'tx', transaction: open }, 2)
    expect(decodeTransactionRecord({ key: Buffer.from([0, 9, 0, 0]), value })).toBeUndefined()
    expect(decodeTransactionRecord({ key, value: Buffer.from([0, 9]) })).toBeUndefined()
  })
})

describe('A set of partitions', () => {
  test('grows and shrinks without changing', () => {
    const some = TopicPartitions.of([{ topic: 'a', partitions: [1, 1, 0] }])
    const more = some.with([{ topic: 'b', partitions: [5] }])
    expect([...some]).toEqual([
      ['a', 1],
      ['a', 0],
    ])
    expect(more.includes(some)).toBe(true)
    expect(some.includes(more)).toBe(false)
    const fewer = more.without('b', 5).without('a', 1)
    expect([...fewer]).toEqual([['a', 0]])
    expect(fewer.without('a', 0).isEmpty).toBe(true)
    expect(fewer.without('nobody', 0).topics()).toEqual([{ topic: 'a', partitions: [0] }])
  })
})

const END = { committed: true, clientTransactionVersion: 2, nextProducerId: 9 }
