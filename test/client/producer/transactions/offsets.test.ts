import { describe, expect, test } from 'vitest'
import {
  ErrFencedInstancedId,
  ErrIllegalGeneration,
  ErrUnknownMemberId,
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagInError,
  ProducerTxnFlagReady,
} from '../../../../src/client/index.ts'
import { ErrorCode } from '../../../../src/protocol/errors.ts'
import { AddOffsetsToTxn, JoinGroup, respond, SyncGroup, TxnOffsetCommit } from '../../../../src/testing/index.ts'
import { committed, failure, releases, settled, startCluster, TestProducer } from './rig.ts'

/** Has a member join a group, alone. */
async function member(
  { cluster, client }: TestProducer,
  groupId: string,
  groupInstanceId: string | null = null,
): Promise<{ groupID: string; generationID: number; memberID: string; groupInstanceID: string | null }> {
  const coordinator = await settled(cluster, client.coordinator(groupId))
  const named = { groupId, groupInstanceId }
  const times = { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000 }
  const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
  const join = (memberId: string) => {
    const body = { ...named, ...times, memberId, protocolType: 'consumer', protocols }
    return settled(cluster, coordinator.send(JoinGroup, body, { maxVersion: 7 }))
  }
  const first = await join('')
  const { memberId, generationId } = first.errorCode === ErrorCode.NONE ? first : await join(first.memberId)
  const assignments = [{ memberId, assignment: Buffer.alloc(0) }]
  await coordinator.send(SyncGroup, { ...named, generationId, memberId, assignments }, { maxVersion: 4 })
  expect(cluster.group(groupId).state).toBe('Stable')
  return { groupID: groupId, generationID: generationId, memberID: memberId, groupInstanceID: groupInstanceId }
}

describe.each(releases)('offsets that are committed with a transaction, %s', (_, version) => {
  test('are there when it has committed, and not before', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const billing = cluster.group('billing')
    producer.manager.begin()
    await producer.write(0, 'bill')
    producer.manager.addOffsets({ orders: [{ partition: 0, offset: 1 }] }, 'billing')
    producer.manager.addOffsets(
      { orders: [{ partition: 0, offset: 2, metadata: 'second', leaderEpoch: 0 }] },
      'billing',
    )
    expect(billing.committed).toEqual([])
    await producer.end(true)
    expect(billing.committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 2, metadata: 'second' }])
    await producer.client.close()
  })

  test('are as if never sent when it is aborted', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    producer.manager.begin()
    await producer.write(0, 'bill')
    producer.manager.addOffsets({ orders: [{ partition: 0, offset: 1 }] }, 'billing')
    await producer.end(false)
    await producer.transaction(true, 'other')
    expect(cluster.group('billing').committed).toEqual([])
    await producer.client.close()
  })

  // Sarama forgets them: it looks at partitions alone to see whether there is anything to end.
  test('are committed also when the transaction has no message', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    producer.manager.begin()
    producer.manager.addOffsets({ orders: [{ partition: 0, offset: 7 }] }, 'billing')
    producer.manager.addOffsets({ orders: [{ partition: 0, offset: 8 }] }, 'accounting')
    await producer.end(true)
    expect(cluster.group('billing').committed).toMatchObject([{ offset: 7 }])
    expect(cluster.group('accounting').committed).toMatchObject([{ offset: 8 }])
    await producer.client.close()
  })

  test('are sent for nobody when there is none among them', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    producer.manager.begin()
    producer.manager.addOffsets({ orders: [] }, 'billing')
    await producer.end(true)
    expect(producer.manager.status).toBe(ProducerTxnFlagReady)
    expect(cluster.transaction('billing-1').state).toBe('Empty')
    await producer.client.close()
  })

  test('are taken from the member that the group has now', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const metadata = await member(producer, 'billing')
    producer.manager.begin()
    await producer.write(0, 'bill')
    producer.manager.addOffsets({ orders: [{ partition: 0, offset: 1 }] }, metadata)
    await producer.end(true)
    expect(cluster.group('billing').committed).toMatchObject([{ offset: 1 }])
    await producer.client.close()
  })

  test('are not taken from a member that the group has left behind: the transaction must be aborted', async () => {
    await using cluster = await startCluster({ version })
    const producer = await TestProducer.transactional(cluster)
    const metadata = await member(producer, 'billing')
    const instance = await member(producer, 'accounting', 'accountant-1')
    const left = [
      [{ ...metadata, generationID: metadata.generationID - 1 }, ErrIllegalGeneration],
      [{ ...metadata, memberID: 'somebody' }, ErrUnknownMemberId],
      [{ ...instance, memberID: 'somebody' }, ErrFencedInstancedId],
    ] as const
    for (const [group, errorClass] of left) {
      producer.manager.begin()
      await producer.write(0, 'given up')
      producer.manager.addOffsets({ orders: [{ partition: 0, offset: 1 }] }, group)
      expect(await failure(producer.end(true))).toBeInstanceOf(errorClass)
      expect(producer.manager.status).toBe(ProducerTxnFlagInError | ProducerTxnFlagAbortableError)
      expect(await failure(producer.end(true))).toBeInstanceOf(errorClass)
      await producer.end(false)
    }
    await producer.transaction(true, 'kept')
    expect(committed(cluster, 0)).toEqual(['kept'])
    expect(cluster.group('billing').committed).toEqual([])
    await producer.client.close()
  })

  test('are sent again, those that were not taken alone, while the coordinator of the group is not there', async () => {
    await using cluster = await startCluster({ version })
    const asked: number[][] = []
    cluster.use(
      respond(TxnOffsetCommit, ({ request }) => {
        const partitions = request.topics.flatMap((topic) => topic.partitions.map((one) => one.partitionIndex))
        asked.push(partitions)
        if (asked.length === 3) return undefined
        // The first of them is taken, or so it says.
        const errorCode = asked.length === 1 ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NOT_COORDINATOR
        return {
          topics: request.topics.map(({ name }) => ({
            name,
            partitions: partitions.map((partitionIndex, i) => ({
              partitionIndex,
              errorCode: i === 0 && partitions.length === 3 ? ErrorCode.NONE : errorCode,
            })),
          })),
        }
      }),
    )
    const producer = await TestProducer.transactional(cluster)
    producer.manager.begin()
    const offsets = [0, 1, 2].map((partition) => ({ partition, offset: 4 }))
    producer.manager.addOffsets({ bills: offsets }, 'billing')
    await producer.end(true)
    expect(asked).toEqual([
      [0, 1, 2],
      [1, 2],
      [1, 2],
    ])
    expect(cluster.group('billing').committed.map(({ partition }) => partition)).toEqual([1, 2])
    await producer.client.close()
  })

  test('tell of the group and of the member by the versions that can', async () => {
    await using cluster = await startCluster({ version })
    const asked: unknown[] = []
    cluster.use(
      respond(TxnOffsetCommit, ({ version: sent, request }) => {
        asked.push([sent, request.groupInstanceId, request.memberId, request.generationIdOrMemberEpoch])
        return undefined
      }),
      respond(AddOffsetsToTxn, ({ version: sent, request }) => void asked.push([sent, request.groupId])),
    )
    const old = await TestProducer.transactional(cluster, 'billing-1', { version: '2.4.0' })
    const group = await member(old, 'billing', 'biller-1')
    for (const producer of [old, await TestProducer.transactional(cluster, 'billing-2')]) {
      producer.manager.begin()
      producer.manager.addOffsets({ orders: [{ partition: 0, offset: 1 }] }, group)
      await producer.end(true)
      await producer.client.close()
    }
    const told = ['biller-1', group.memberID, group.generationID]
    const newest =
      version === '4.4'
        ? [[5, ...told]]
        : [
            [4, 'billing'],
            [4, ...told],
          ]
    expect(asked).toEqual([[1, 'billing'], [2, null, '', -1], ...newest])
  })
})
