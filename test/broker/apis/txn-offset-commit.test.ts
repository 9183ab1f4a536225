import { describe, expect, test } from 'vitest'
import { offsetFetch } from '../../../src/broker/apis/offset-fetch.ts'
import { txnOffsetCommit } from '../../../src/broker/apis/txn-offset-commit.ts'
import type {
  TransactionalWrite,
  TransactionSupport,
} from '../../../src/broker/coordinator/transaction-verification.ts'
import { type ErrorName, errorName, KafkaError } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import type { TxnOffsetCommitRequest } from '../../../src/protocol/messages/txn-offset-commit.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { GroupDriver } from '../coordinator/groups/group-driver.ts'
import { restart } from '../coordinator/groups/restart.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

const PRODUCER = { transactionalId: 'tx', producerId: 7, producerEpoch: 0 }
const VERSIONS = [0, 1, 2, 3, 4, 5, 6]

/** Groups whose transactions nobody has to confirm. */
class Driver extends GroupDriver {
  constructor() {
    super(new TestCluster({ config: { 'transaction.partition.verification.enable': 'false' } }))
    this.verify(() => undefined)
  }

  write(version: number, offset: number, request: Input<TxnOffsetCommitRequest> = {}): ErrorName {
    const partition = { partitionIndex: 0, committedOffset: offset, committedMetadata: 'm' }
    const { topics } = this.cluster.ask(txnOffsetCommit, version, {
      ...PRODUCER,
      groupId: 'group',
      topics: [{ name: 'orders', topicId: this.topicId, partitions: [partition] }],
      ...request,
    })
    return errorName(topics[0]?.partitions[0]?.errorCode ?? -1)
  }

  get topicId(): string {
    return this.cluster.broker().image.topic('orders')?.id ?? ''
  }

  end(committed: boolean): void {
    const { groups, queue } = this.cluster.broker()
    const marker = { ...PRODUCER, coordinatorEpoch: 0, committed, transactionVersion: 1 }
    queue.turn(() => groups.completeTransaction(groups.partitionFor('group'), marker))
  }

  /** OffsetFetch with require_stable of orders-0. */
  fetchStable(): ErrorName | number {
    const { topics } = this.cluster.ask(offsetFetch, 7, {
      groupId: 'group',
      topics: [{ name: 'orders', partitionIndexes: [0] }],
      requireStable: true,
    })
    const { errorCode, committedOffset } = topics[0]?.partitions[0] ?? { errorCode: -1, committedOffset: -1 }
    return errorCode === 0 ? committedOffset : errorName(errorCode)
  }

  /** Has a transaction's coordinator answer so. */
  verify(answer: (write: TransactionalWrite, support: TransactionSupport) => undefined): void {
    restart(this.cluster, { verifyTransaction: answer })
  }
}

describe('TxnOffsetCommit', () => {
  test.each(VERSIONS)('version %i writes offsets that are committed with the transaction', (version) => {
    const g = new Driver()
    g.commit('', -1, 3)
    expect(g.write(version, 5)).toBe('NONE')
    expect(g.committed()).toBe(3)
    expect(g.fetchStable()).toBe('UNSTABLE_OFFSET_COMMIT')
    g.end(true)
    expect(g.committed()).toBe(5)
    expect(g.fetchStable()).toBe(5)
    g.write(version, 6)
    g.end(false)
    expect(g.committed()).toBe(5)
  })

  test.each(VERSIONS.slice(3))('version %i fences by member, instance and generation (KIP-447)', (version) => {
    const g = new Driver()
    const [memberId = ''] = g.stable(1, { groupInstanceId: 'instance' })
    const member = { memberId, generationIdOrMemberEpoch: 1, groupInstanceId: 'instance' }
    expect(g.write(version, 5, member)).toBe('NONE')
    expect(g.write(version, 5, { ...member, generationIdOrMemberEpoch: 0 })).toBe('ILLEGAL_GENERATION')
    expect(g.write(version, 5, { ...member, memberId: 'who' })).toBe('FENCED_INSTANCE_ID')
    expect(g.write(version, 5, { ...member, groupInstanceId: 'other' })).toBe('UNKNOWN_MEMBER_ID')
    expect(g.write(version, 5, { memberId: 'who', generationIdOrMemberEpoch: 1 })).toBe('UNKNOWN_MEMBER_ID')
    expect(g.write(version, 5, { memberId })).toBe('ILLEGAL_GENERATION')
  })

  test.each(VERSIONS)('version %i lets whoever names no member commit for a group that has some', (version) => {
    const g = new Driver()
    g.stable()
    expect(g.write(version, 5)).toBe('NONE')
  })

  test('is accepted while members join and the leader assigns, unlike OffsetCommit', () => {
    const g = new Driver()
    const { memberId, generationId } = g.join().answer
    expect(g.state).toBe('CompletingRebalance')
    expect(g.commit(memberId, generationId, 5)).toBe('REBALANCE_IN_PROGRESS')
    expect(g.write(5, 5, { memberId, generationIdOrMemberEpoch: generationId })).toBe('NONE')
  })

  test('tells a member of a group that nobody knows by the error that its version has', () => {
    const g = new Driver()
    const member = { memberId: 'm', generationIdOrMemberEpoch: 1 }
    expect(g.write(5, 1, member)).toBe('ILLEGAL_GENERATION')
    expect(g.write(6, 1, member)).toBe('GROUP_ID_NOT_FOUND')
  })

  test('needs a group with a name, and its coordinator', () => {
    const g = new Driver()
    expect(g.write(5, 1, { groupId: '' })).toBe('INVALID_GROUP_ID')
    const lost = new TestCluster()
    const { topics } = lost.ask(txnOffsetCommit, 5, {
      ...PRODUCER,
      groupId: 'group',
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
    })
    // There is no __consumer_offsets yet that could be part of a transaction.
    expect(errorName(topics[0]?.partitions[0]?.errorCode ?? -1)).toBe('COORDINATOR_NOT_AVAILABLE')
  })

  test('tells of partitions that are not there, and commits the others', () => {
    const g = new Driver()
    const partitions = [0, 9].map((partitionIndex) => ({ partitionIndex, committedOffset: 4 }))
    const { topics } = g.cluster.ask(txnOffsetCommit, 5, {
      ...PRODUCER,
      groupId: 'group',
      topics: [
        { name: 'orders', partitions },
        { name: 'nobody', partitions: [{ partitionIndex: 0, committedOffset: 4 }] },
      ],
    })
    const told = topics.map(({ name, partitions }) => [
      name,
      ...partitions.map(({ partitionIndex, errorCode }) => `${partitionIndex} ${errorName(errorCode)}`),
    ])
    expect(told).toEqual([
      ['orders', '9 UNKNOWN_TOPIC_OR_PARTITION', '0 NONE'],
      ['nobody', '0 UNKNOWN_TOPIC_OR_PARTITION'],
    ])
    g.end(true)
    expect(g.committed()).toBe(4)
  })

  test.each([ZERO_UUID, 'mC1WfQkFSbWJ3xZ2pVZkWg'])('version 6 knows no topic by the id %s', (topicId) => {
    const g = new Driver()
    const partitions = [{ partitionIndex: 0, committedOffset: 4 }]
    const { topics } = g.cluster.ask(txnOffsetCommit, 6, {
      ...PRODUCER,
      groupId: 'group',
      topics: [{ topicId, partitions }],
    })
    expect(topics[0]).toMatchObject({ topicId, partitions: [{ errorCode: 100 }] })
  })
})

describe('before TxnOffsetCommit writes', () => {
  test.each([
    [0, 'default-error'],
    [3, 'default-error'],
    [4, 'generic-error'],
    [5, 'add-partition'],
    [6, 'add-partition'],
  ])('version %i has the partition of the group verified: %s', (version, support) => {
    const g = new Driver()
    const asked: unknown[] = []
    g.verify((...question) => {
      asked.push(question)
      return undefined
    })
    expect(g.write(version, 5)).toBe('NONE')
    const partition = g.cluster.broker().groups.partitionFor('group')
    expect(asked).toEqual([[{ ...PRODUCER, topic: '__consumer_offsets', partition, baseSequence: -1 }, support]])
  })

  test.each<[ErrorName, ErrorName]>([
    ['NETWORK_EXCEPTION', 'COORDINATOR_LOAD_IN_PROGRESS'],
    ['COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_NOT_AVAILABLE'],
    ['NOT_LEADER_OR_FOLLOWER', 'NOT_COORDINATOR'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'COORDINATOR_NOT_AVAILABLE'],
    ['CONCURRENT_TRANSACTIONS', 'CONCURRENT_TRANSACTIONS'],
    ['INVALID_TXN_STATE', 'INVALID_TXN_STATE'],
    ['TRANSACTION_ABORTABLE', 'TRANSACTION_ABORTABLE'],
    ['INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_EPOCH'],
  ])('%s of the transaction coordinator is told as %s, and nothing is written', (error, told) => {
    const g = new Driver()
    g.verify(() => {
      throw new KafkaError(error)
    })
    expect(g.write(4, 5)).toBe(told)
    expect(g.fetchStable()).toBe(-1)
    g.end(true)
    expect(g.committed()).toBe(-1)
  })

  test.each([0, 1])(
    'clients of version %i hear COORDINATOR_NOT_AVAILABLE, since they stumble over loading',
    (version) => {
      const g = new Driver()
      g.verify(() => {
        throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS')
      })
      expect(g.write(version, 5)).toBe('COORDINATOR_NOT_AVAILABLE')
      expect(g.write(2, 5)).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    },
  )
})
