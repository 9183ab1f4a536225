import { describe, expect, test } from 'vitest'
import { producing, readCommitted, TransactionalProducer } from './producer.ts'

describe.each([0, 2] as const)('A transaction of version %i', (version) => {
  test('is seen as a whole once it is committed, in all its partitions', () => {
    const { cluster, producer } = producing(version)
    if (version === 0) expect(producer.add([0, 1])).toBe('NONE')
    expect(producer.send(0, 2)).toBe('NONE')
    expect(producer.send(1)).toBe('NONE')
    expect(producer.state).toBe('Ongoing')
    expect(readCommitted(cluster, 0)).toEqual([])
    expect(producer.commit()).toBe('NONE')
    expect(producer.state).toBe('CompleteCommit')
    expect(readCommitted(cluster, 0)).toEqual(['v0', 'v1'])
    expect(readCommitted(cluster, 1)).toEqual(['v0'])
  })

  test('is never seen when it is aborted, while what follows is', () => {
    const { cluster, producer } = producing(version)
    if (version === 0) producer.add([0])
    producer.send(0, 2)
    expect(producer.abort()).toBe('NONE')
    if (version === 0) producer.add([0])
    producer.send(0, 3)
    producer.commit()
    expect(readCommitted(cluster, 0)).toHaveLength(3)
  })

  test('is aborted when another producer begins with its id, and the first one is fenced', () => {
    const { cluster, producer: first } = producing(version)
    if (version === 0) first.add([0])
    first.send(0)
    const second = new TransactionalProducer(cluster, { version })
    // The transaction is aborted first: the second one asks again.
    expect(second.init()).toBe('CONCURRENT_TRANSACTIONS')
    expect(second.init()).toBe('NONE')
    expect(second.producerId).toBe(first.producerId)
    expect(second.producerEpoch).toBe(2)
    expect(first.send(0)).toBe('INVALID_PRODUCER_EPOCH')
    expect(first.add([0])).toBe('PRODUCER_FENCED')
    expect(first.end(true)).toBe('PRODUCER_FENCED')
    expect(readCommitted(cluster, 0)).toEqual([])
  })

  test('takes no records of a producer that has not begun', () => {
    const { cluster, producer } = producing(version)
    const stranger = new TransactionalProducer(cluster, { version, transactionalId: 'other' })
    Object.assign(stranger, { producerId: producer.producerId, producerEpoch: 0 })
    expect(stranger.send(0)).toBe('INVALID_PRODUCER_ID_MAPPING')
  })

  test('is ended once: another end of the same epoch is no end of anything', () => {
    const { cluster, producer } = producing(version, { brokers: 2 })
    if (version === 0) producer.add([0])
    producer.send(0)
    expect(producer.commit()).toBe('NONE')
    // Up to version 1 it cannot be told from the same request sent twice.
    expect(producer.commit()).toBe(version === 0 ? 'NONE' : 'INVALID_TXN_STATE')
    expect(readCommitted(cluster, 0)).toEqual(['v0'])
  })
})
