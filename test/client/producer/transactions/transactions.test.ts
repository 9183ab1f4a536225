import { describe, expect, test } from 'vitest'
import {
  ErrNonTransactedProducer,
  ErrProducerFenced,
  ErrTransactionNotReady,
  ErrTransitionNotAllowed,
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagFatalError,
  ProducerTxnFlagInError,
  ProducerTxnFlagInTransaction,
  ProducerTxnFlagReady,
  txnStatusText,
} from '../../../../src/client/index.ts'
import { AddOffsetsToTxn, AddPartitionsToTxn, EndTxn, InitProducerId, respond } from '../../../../src/testing/index.ts'
import { committed, failure, releases, settled, startCluster, TestProducer } from './rig.ts'

describe.each(releases)('a transactional producer, %s', (_, version) => {
  test('has a transaction committed: its messages are there for all to read', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    expect(manager.status).toBe(ProducerTxnFlagReady)
    manager.begin()
    expect(manager.status).toBe(ProducerTxnFlagInTransaction)
    expect(await producer.write(0, 'a', 'b')).toBe('NONE')
    expect(await producer.write(2, 'c')).toBe('NONE')
    expect(cluster.transaction('billing-1')).toMatchObject({ state: 'Ongoing' })
    expect(cluster.partition('bills', 0).lastStableOffset).toBe(0)
    await producer.end(true)
    expect(manager.status).toBe(ProducerTxnFlagReady)
    expect(cluster.transaction('billing-1').state).toBe('CompleteCommit')
    expect([0, 1, 2].map((partition) => committed(cluster, partition))).toEqual([['a', 'b'], [], ['c']])
    await producer.client.close()
  })

  test('has a transaction aborted: its messages are nothing to readers of committed ones', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    await producer.transaction(false, 'given up')
    expect(cluster.transaction('billing-1').state).toBe('CompleteAbort')
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['kept'])
    await producer.client.close()
  })

  test('has an epoch for each transaction with transactions v2, one for all of them before', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const epochs = [producer.manager.producerEpoch]
    for (const commit of [true, false, true]) {
      await producer.transaction(commit, 'message')
      epochs.push(producer.manager.producerEpoch)
    }
    expect(producer.manager.isTransactionV2).toBe(version === '4.4')
    expect(epochs).toEqual(version === '4.4' ? [0, 1, 2, 3] : [0, 0, 0, 0])
    await producer.client.close()
  })

  test('tells the coordinator of partitions and groups beforehand only where it must', async () => {
    await using cluster = await startCluster({ version })
    const told: string[] = []
    cluster.use(
      ...[AddPartitionsToTxn, AddOffsetsToTxn].map((api) =>
        respond(api as typeof AddPartitionsToTxn, ({ client }) => {
          if (client.id === 'sarama') told.push(api.name)
          return undefined
        }),
      ),
    )
    const producer = await TestProducer.transactional(cluster)
    producer.manager.begin()
    await producer.write(0, 'a')
    await producer.write(0, 'b')
    await producer.write(1, 'c')
    producer.manager.addOffsets({ orders: [{ partition: 0, offset: 3 }] }, 'billing')
    await producer.end(true)
    expect(told).toEqual(version === '4.4' ? [] : ['AddPartitionsToTxn', 'AddPartitionsToTxn', 'AddOffsetsToTxn'])
    await producer.client.close()
  })

  test('asks for no end of a transaction in which nothing was done', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    for (const commit of [true, false]) {
      producer.manager.begin()
      await producer.end(commit)
      expect(producer.manager.status).toBe(ProducerTxnFlagReady)
    }
    expect(cluster.transaction('billing-1').state).toBe('Empty')
    await producer.client.close()
  })

  test('is fenced by another one of the same id: all that it has open is aborted, and it can do no more', async () => {
    await using cluster = await startCluster({ version })
    const old = await TestProducer.transactional(cluster)
    old.manager.begin()
    await old.write(0, 'from the old one')
    const replacement = await TestProducer.transactional(cluster)
    expect(cluster.transaction('billing-1').state).toBe('Empty')
    expect(await failure(old.end(true))).toBeInstanceOf(ErrProducerFenced)
    expect(txnStatusText(old.manager.status)).toBe('InError|FatalError')
    expect(old.manager.lastError).toBeInstanceOf(ErrProducerFenced)
    expect(() => old.manager.begin()).toThrow(ErrProducerFenced)
    expect(await failure(old.end(false))).toBeInstanceOf(ErrProducerFenced)
    expect(old.manager.status).toBe(ProducerTxnFlagInError | ProducerTxnFlagFatalError)
    await replacement.transaction(true, 'from the new one')
    expect(committed(cluster, 0)).toEqual(['from the new one'])
    await Promise.all([old.client.close(), replacement.client.close()])
  })

  test('aborts the transaction that an earlier one of its id has left open, and waits until it is over', async () => {
    await using cluster = await startCluster({ version })
    const old = await TestProducer.transactional(cluster)
    old.manager.begin()
    await old.write(0, 'left open')
    const release = cluster.broker(cluster.transaction('billing-1').coordinator as number).holdTransactionMarkers()
    cluster.clock.setTimer(1_000, release)
    const begun = cluster.clock.now()
    const replacement = await TestProducer.transactional(cluster)
    expect(cluster.clock.now() - begun).toBeGreaterThanOrEqual(1_000)
    expect(cluster.transaction('billing-1').state).toBe('Empty')
    expect(cluster.partition('bills', 0)).toMatchObject({ lastStableOffset: 2, highWatermark: 2 })
    await Promise.all([old.client.close(), replacement.client.close()])
  })

  test('must abort after a message that was not produced, and then goes on with a new epoch', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    const epoch = manager.producerEpoch
    const refused = new Error('no such message')
    manager.begin()
    await producer.write(0, 'written')
    manager.fail(refused)
    expect(manager.status).toBe(ProducerTxnFlagInError | ProducerTxnFlagAbortableError)
    expect(manager.lastError).toBe(refused)
    expect(await failure(producer.end(true))).toBe(refused)
    expect(await failure(manager.publishTxnPartitions([{ topic: 'bills', partition: 1 }]))).toBe(refused)
    expect(() => manager.addOffsets({}, 'billing')).toThrow(refused)
    await producer.end(false)
    expect(manager.lastError).toBeNull()
    expect(manager.status).toBe(ProducerTxnFlagReady)
    expect(manager.producerEpoch).toBe(epoch + 1)
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['kept'])
    await producer.client.close()
  })

  test('gets a new epoch also where the transaction that failed had not begun for the coordinator', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    producer.manager.begin()
    producer.manager.fail(new Error('nobody leads the partition'))
    await producer.end(false)
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['kept'])
    await producer.client.close()
  })

  test('does not commit when a message fails while the last ones are being sent', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    manager.begin()
    await producer.write(0, 'written')
    const refused = new Error('too late')
    const flush = async (): Promise<void> => manager.fail(refused)
    expect(await failure(settled(cluster, manager.end(true, flush)))).toBe(refused)
    expect(cluster.transaction('billing-1').state).toBe('Ongoing')
    await producer.end(false)
    expect(committed(cluster, 0)).toEqual([])
    await producer.client.close()
  })

  test('is closed to all but the end of its transaction once that has begun', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    manager.begin()
    await producer.write(0, 'a')
    let flushed = (): void => undefined
    const ending = manager.end(true, () => new Promise((resolve) => (flushed = resolve)))
    expect(txnStatusText(manager.status)).toBe('EndTransaction|CommittingTransaction')
    expect(() => manager.begin()).toThrow(ErrTransitionNotAllowed)
    expect(() => manager.addOffsets({}, 'billing')).toThrow(ErrTransactionNotReady)
    flushed()
    await settled(cluster, ending)
    expect(manager.status).toBe(ProducerTxnFlagReady)
    await producer.client.close()
  })

  test('says what comes at the wrong time', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    expect(await failure(producer.end(true))).toBeInstanceOf(ErrTransitionNotAllowed)
    expect(await failure(producer.end(false))).toMatchObject({
      message: 'transaction manager: invalid transition attempted from Ready to EndTransaction|AbortingTransaction',
    })
    expect(() => manager.addOffsets({}, 'billing')).toThrow(ErrTransactionNotReady)
    manager.begin()
    expect(() => manager.begin()).toThrow(ErrTransitionNotAllowed)
    await producer.client.close()
  })

  test('adds partitions once, whoever asks for them at the same time', async () => {
    await using cluster = await startCluster({ version })
    const asked: number[][] = []
    cluster.use(
      respond(AddPartitionsToTxn, ({ request, client }) => {
        if (client.id === 'sarama') asked.push(request.v3AndBelowTopics.flatMap(({ partitions }) => partitions))
        return undefined
      }),
    )
    const producer = await TestProducer.transactional(cluster)
    const { manager } = producer
    manager.begin()
    const partition = (index: number) => ({ topic: 'bills', partition: index })
    const lists = [[partition(0), partition(1)], [partition(1), partition(2)], [partition(0)]]
    await settled(cluster, Promise.all(lists.map((list) => manager.publishTxnPartitions(list))))
    expect(asked).toEqual(version === '4.4' ? [] : [[0, 1], [2]])
    expect([0, 1, 2].map((index) => manager.needsPublishing('bills', index))).toEqual([false, false, false])
    await producer.write(1, 'a')
    await producer.end(true)
    expect([0, 1, 2].map((index) => manager.needsPublishing('bills', index))).toEqual([true, true, true])
    await producer.client.close()
  })

  test('begins its next transaction while markers of the last one are still to be written', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    await producer.transaction(true, 'first')
    const release = cluster.broker(cluster.transaction('billing-1').coordinator as number).holdTransactionMarkers()
    await producer.transaction(true, 'second')
    cluster.clock.setTimer(300, release)
    producer.manager.begin()
    // With transactions v2 it is the producer's batch that is refused until then, and sent again.
    let answer = await producer.write(0, 'third')
    while (answer === 'CONCURRENT_TRANSACTIONS') {
      await cluster.clock.advance(100)
      answer = await producer.write(0, 'third')
    }
    await settled(
      cluster,
      producer.manager.end(true, () => Promise.resolve()),
    )
    expect(committed(cluster, 0).slice(0, 2)).toEqual(['first', 'second'])
    await producer.client.close()
  })
})

test('a producer whose config keeps it below the versions of transactions v2 does without them', async () => {
  await using cluster = await startCluster()
  const producer = await TestProducer.transactional(cluster, 'billing-1', { version: '3.9.0' })
  expect(producer.manager.isTransactionV2).toBe(false)
  await producer.transaction(true, 'a')
  await producer.transaction(true, 'b')
  expect(producer.manager.producerEpoch).toBe(0)
  expect(committed(cluster, 0)).toEqual(['a', 'b'])
  await producer.client.close()
})

test('a producer of a cluster from before KIP-360 gets no new epoch, and needs none to go on', async () => {
  await using cluster = await startCluster({ version: '2.4' })
  const producer = await TestProducer.transactional(cluster)
  producer.manager.begin()
  await producer.write(0, 'given up')
  producer.manager.fail(new Error('no such message'))
  await producer.end(false)
  expect(producer.manager.producerEpoch).toBe(0)
  await producer.client.close()
})

test('a timeout that the brokers do not allow fails at once', async () => {
  await using cluster = await startCluster()
  const options = { producer: { transaction: { timeout: 3_600_000 } } }
  const asked: number[] = []
  cluster.use(respond(InitProducerId, ({ request }) => void asked.push(request.transactionTimeoutMs)))
  expect(await failure(TestProducer.transactional(cluster, 'billing-1', options))).toMatchObject({
    error: 'INVALID_TRANSACTION_TIMEOUT',
  })
  expect(asked).toEqual([3_600_000])
})

test('the end of a transaction that was aborted for its age finds the producer fenced', async () => {
  await using cluster = await startCluster({ version: '3.9' })
  const producer = await TestProducer.transactional(cluster, 'billing-1', {
    producer: { transaction: { timeout: 30_000 } },
  })
  producer.manager.begin()
  await producer.write(0, 'too late')
  await cluster.clock.advance(60_000)
  expect(cluster.transaction('billing-1').state).toBe('CompleteAbort')
  expect(await failure(producer.end(true))).toBeInstanceOf(ErrProducerFenced)
  await producer.client.close()
})

describe('a producer without transactions', () => {
  test('has neither an id nor an epoch when it is not idempotent', async () => {
    await using cluster = await startCluster()
    const { manager, client } = await TestProducer.start(cluster)
    expect(manager).toMatchObject({ isTransactional: false, transactionalId: null, producerId: -1, producerEpoch: -1 })
    await manager.bumpEpoch()
    expect(manager.producerId).toBe(-1)
    await client.close()
  })

  test('has an id and an epoch when it is idempotent, and moves the epoch on by itself', async () => {
    await using cluster = await startCluster()
    const asked: (string | null)[] = []
    cluster.use(respond(InitProducerId, ({ request }) => void asked.push(request.transactionalId)))
    const producer = await TestProducer.start(cluster, {
      ...cluster.clientConfig(),
      net: { ...cluster.clientConfig().net, maxOpenRequests: 1 },
      producer: { idempotent: true, requiredAcks: -1 },
    })
    const { manager } = producer
    const { producerId } = manager
    expect(producerId).toBeGreaterThanOrEqual(0)
    expect(await producer.write(0, 'a')).toBe('NONE')
    void manager.bumpEpoch()
    expect(manager).toMatchObject({ producerId, producerEpoch: 1 })
    expect(await producer.write(0, 'b')).toBe('NONE')
    expect(asked).toEqual([null])
    // Epochs are int16: after the last one there has to be another id.
    while (manager.producerEpoch < 32_767) void manager.bumpEpoch()
    await settled(cluster, manager.bumpEpoch())
    expect(manager.producerId).not.toBe(producerId)
    expect(manager.producerEpoch).toBe(0)
    await producer.client.close()
  })

  test('refuses whatever is about transactions', async () => {
    await using cluster = await startCluster()
    const { manager, client } = await TestProducer.start(cluster)
    expect(() => manager.begin()).toThrow(ErrNonTransactedProducer)
    expect(() => manager.addOffsets({}, 'billing')).toThrow(ErrNonTransactedProducer)
    expect(await failure(manager.end(true, () => Promise.resolve()))).toBeInstanceOf(ErrNonTransactedProducer)
    expect(await failure(manager.publishTxnPartitions([]))).toBeInstanceOf(ErrNonTransactedProducer)
    manager.fail(new Error('nothing comes of it'))
    expect(manager.lastError).toBeNull()
    await client.close()
  })
})

test('EndTxn is asked for by the version that leaves the epoch as it is, unless the cluster has transactions v2', async () => {
  const versions: number[] = []
  for (const [, version] of releases) {
    await using cluster = await startCluster({ version })
    cluster.use(respond(EndTxn, (info) => void versions.push(info.version)))
    const producer = await TestProducer.transactional(cluster)
    await producer.transaction(true, 'a')
    await producer.client.close()
  }
  expect(versions).toEqual([4, 5])
})
