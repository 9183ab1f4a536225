import { addOffsetsToTxn } from '../../../../src/broker/apis/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../../../src/broker/apis/add-partitions-to-txn.ts'
import { describeTransactions } from '../../../../src/broker/apis/describe-transactions.ts'
import { endTxn } from '../../../../src/broker/apis/end-txn.ts'
import { fetch } from '../../../../src/broker/apis/fetch.ts'
import { findCoordinator } from '../../../../src/broker/apis/find-coordinator.ts'
import { initProducerId } from '../../../../src/broker/apis/init-producer-id.ts'
import { produce } from '../../../../src/broker/apis/produce.ts'
import { type ErrorName, errorName } from '../../../../src/protocol/errors.ts'
import type { TransactionState } from '../../../../src/protocol/messages/describe-transactions.ts'
import type { InitProducerIdRequest } from '../../../../src/protocol/messages/init-producer-id.ts'
import { readBatches } from '../../../../src/protocol/records/record-batch.ts'
import { batchOf } from '../../batches.ts'
import { type Call, TestCluster, type TestClusterOptions } from '../test-cluster.ts'

/** A producer with a transactional id, at whose coordinator it asks. */
export class TransactionalProducer {
  readonly cluster: TestCluster
  readonly transactionalId: string
  /** The transaction version by which it works: 0 or 2. */
  readonly version: number
  producerId = -1
  producerEpoch = -1
  private readonly sequences = new Map<number, number>()
  private readonly coordinator: number

  constructor(cluster: TestCluster, { transactionalId = 'tx', version = 0 } = {}) {
    this.cluster = cluster
    this.transactionalId = transactionalId
    this.version = version
    const found = cluster.ask(findCoordinator, 4, { keyType: 1, coordinatorKeys: [transactionalId] })
    this.coordinator = found.coordinators[0]?.nodeId ?? -1
  }

  /** InitProducerId; from now on it writes with what it was given. */
  init(request: Partial<InitProducerIdRequest> = {}, version = 5): ErrorName {
    const { transactionalId, coordinator: node } = this
    const body = { transactionalId, transactionTimeoutMs: 60_000, ...request }
    const { errorCode, producerId, producerEpoch } = this.cluster.ask(initProducerId, version, body, { node })
    if (errorCode === 0) this.become(producerId, producerEpoch)
    return errorName(errorCode)
  }

  /** What it has: id and epoch. */
  get identity(): string {
    return `${this.producerId}/${this.producerEpoch}`
  }

  /** AddPartitionsToTxn: partitions of `orders`. */
  add(partitions: readonly number[], version = 3): ErrorName {
    const { resultsByTopicV3AndBelow: results } = this.cluster.ask(
      addPartitionsToTxn,
      version,
      {
        v3AndBelowTransactionalId: this.transactionalId,
        v3AndBelowProducerId: this.producerId,
        v3AndBelowProducerEpoch: this.producerEpoch,
        v3AndBelowTopics: [{ name: 'orders', partitions: [...partitions] }],
      },
      { node: this.coordinator },
    )
    return errorName(results[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1)
  }

  addOffsets(groupId: string, version = 3): ErrorName {
    const { transactionalId, producerId, producerEpoch, coordinator: node } = this
    const body = { transactionalId, producerId, producerEpoch, groupId }
    return errorName(this.cluster.ask(addOffsetsToTxn, version, body, { node }).errorCode)
  }

  /** Produce: a batch of so many records to a partition of `orders`, at its leader. */
  sending(partition: number, count = 1, version = this.version === 0 ? 9 : 12): Call<{ error: ErrorName }> {
    const { transactionalId, producerId, producerEpoch, sequences } = this
    const baseSequence = sequences.get(partition) ?? 0
    const batch = batchOf(count, { producerId, producerEpoch, baseSequence, isTransactional: true }, baseSequence)
    const node = this.cluster.broker().image.partition('orders', partition)?.leader ?? 0
    const call = this.cluster.call(
      produce,
      version,
      {
        transactionalId,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 'orders', partitionData: [{ index: partition, records: [batch] }] }],
      },
      { node },
    )
    return {
      get isHeld() {
        return call.isHeld
      },
      get answer() {
        const error = errorName(call.answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1)
        if (error === 'NONE') sequences.set(partition, baseSequence + count)
        return { error }
      },
    } as Call<{ error: ErrorName }>
  }

  send(partition: number, count = 1, version?: number): ErrorName {
    return this.sending(partition, count, version).answer.error
  }

  /** EndTxn. */
  end(committed: boolean, version = this.version === 0 ? 3 : 5): ErrorName {
    const { transactionalId, producerId, producerEpoch, coordinator: node } = this
    const body = { transactionalId, producerId, producerEpoch, committed }
    const answer = this.cluster.ask(endTxn, version, body, { node })
    if (version >= 5 && answer.errorCode === 0) this.become(answer.producerId, answer.producerEpoch)
    return errorName(answer.errorCode)
  }

  commit(): ErrorName {
    return this.end(true)
  }

  abort(): ErrorName {
    return this.end(false)
  }

  /** DescribeTransactions. */
  describe(): TransactionState {
    const { transactionalId, coordinator: node } = this
    const answer = this.cluster.ask(describeTransactions, 0, { transactionalIds: [transactionalId] }, { node })
    return answer.transactionStates[0] as TransactionState
  }

  get state(): string {
    return this.describe().transactionState
  }

  private become(producerId: number, producerEpoch: number): void {
    if (producerId !== this.producerId || producerEpoch !== this.producerEpoch) this.sequences.clear()
    this.producerId = producerId
    this.producerEpoch = producerEpoch
  }
}

/** A cluster with the topic `orders`, and a producer that has begun. */
export function producing(
  version: 0 | 2,
  options: TestClusterOptions = {},
): { cluster: TestCluster; producer: TransactionalProducer } {
  const cluster = new TestCluster({ transactionVersion: version, ...options })
  const producer = new TransactionalProducer(cluster, { version })
  producer.init()
  return { cluster, producer }
}

/** What a consumer of committed records gets of a partition of `orders`, aborted transactions left out as consumers do. */
export function readCommitted(cluster: TestCluster, partition: number): string[] {
  const node = cluster.broker().image.partition('orders', partition)?.leader ?? 0
  const { responses } = cluster.ask(
    fetch,
    11,
    {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1 << 20,
      isolationLevel: 1,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: 'orders',
          partitions: [
            { partition, currentLeaderEpoch: -1, fetchOffset: 0, logStartOffset: -1, partitionMaxBytes: 1 << 20 },
          ],
        },
      ],
    },
    { node },
  )
  const { records, abortedTransactions } = responses[0]?.partitions[0] ?? { records: [], abortedTransactions: [] }
  const aborted = new Map<number, number[]>()
  for (const { producerId, firstOffset } of abortedTransactions ?? []) {
    aborted.set(producerId, [...(aborted.get(producerId) ?? []), firstOffset])
  }
  const inAborted = new Set<number>()
  const seen: string[] = []
  for (const batch of readBatches(Buffer.concat(records ?? []), { allowPartial: true })) {
    const { producerId } = batch
    if (batch.isControl) {
      inAborted.delete(producerId)
      continue
    }
    const first = aborted.get(producerId)?.[0]
    if (first !== undefined && batch.lastOffset >= first) {
      aborted.get(producerId)?.shift()
      inAborted.add(producerId)
    }
    if (batch.isTransactional && inAborted.has(producerId)) continue
    for (const { value } of batch.records()) seen.push(String(value))
  }
  return seen
}
