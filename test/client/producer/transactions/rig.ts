import { type Client, type ConfigOptions, newClient, newConfig } from '../../../../src/client/index.ts'
import { newTransactionManager, type TransactionManager } from '../../../../src/client/producer/transaction-manager.ts'
import { type ClusterOptions, KafkaCluster } from '../../../../src/index.ts'
import { type ErrorName, errorName } from '../../../../src/protocol/errors.ts'
import { Produce } from '../../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../../src/protocol/records/batch-builder.ts'
import { readEndTransactionMarker } from '../../../../src/protocol/records/control-record.ts'
import { RecordBatch } from '../../../../src/protocol/records/record-batch.ts'

/** The release without transactions v2 (KIP-890), and the newest, which has them. */
export const releases = [
  ['transactions v1', '3.9'],
  ['transactions v2', '4.4'],
] as const

/** A cluster in virtual time with a topic `bills` of three partitions, and another one, `orders`, whose offsets are committed. */
export function startCluster(options: ClusterOptions = {}): Promise<KafkaCluster> {
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: {}, bills: { partitions: 3 } }, ...options })
}

/** Moves the cluster's time on until a promise is settled. */
export async function settled<T>(cluster: KafkaCluster, promise: Promise<T>): Promise<T> {
  let over = false
  const done = (): void => {
    over = true
  }
  promise.then(done, done)
  await cluster.clock.runUntil(() => over)
  return promise
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** A transaction manager, and as much of a producer as it needs: batches of one partition with their sequence numbers, one at a time. */
export class TestProducer {
  readonly cluster: KafkaCluster
  readonly client: Client
  readonly manager: TransactionManager
  private readonly sequences = new Map<string, number>()

  constructor(cluster: KafkaCluster, client: Client) {
    this.cluster = cluster
    this.client = client
    this.manager = newTransactionManager(client)
  }

  static async start(cluster: KafkaCluster, options: ConfigOptions = {}): Promise<TestProducer> {
    const config = newConfig({ ...cluster.clientConfig(), ...options })
    const producer = new TestProducer(cluster, await settled(cluster, newClient(cluster.bootstrapServers, config)))
    await settled(cluster, producer.manager.init())
    return producer
  }

  /** With transactions, and idempotent as these must be. */
  static transactional(cluster: KafkaCluster, id = 'billing-1', options: ConfigOptions = {}): Promise<TestProducer> {
    const producer = {
      idempotent: true,
      requiredAcks: -1,
      ...options.producer,
      transaction: { id, ...options.producer?.transaction },
    } as const
    return TestProducer.start(cluster, {
      ...options,
      net: { ...cluster.clientConfig().net, maxOpenRequests: 1 },
      producer,
    })
  }

  /** Sends one batch once, and returns what became of it. */
  async write(partition: number, ...values: string[]): Promise<ErrorName> {
    const { manager, client, cluster } = this
    if (manager.isTransactional && manager.needsPublishing('bills', partition)) {
      await settled(cluster, manager.publishTxnPartitions([{ topic: 'bills', partition }]))
    }
    const { producerId, producerEpoch } = manager
    const place = `${producerId} ${producerEpoch} ${partition}`
    const baseSequence = this.sequences.get(place) ?? 0
    const records = values.map((value) => ({ key: null, value, timestamp: cluster.clock.now() }))
    const batch = buildBatch(records, {
      producerId,
      producerEpoch,
      baseSequence,
      isTransactional: manager.isTransactional,
    })
    const body = {
      transactionalId: manager.transactionalId,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: 'bills', partitionData: [{ index: partition, records: [batch] }] }],
    }
    const leader = await settled(cluster, client.leader('bills', partition))
    const maxVersion = manager.isTransactionV2 ? 12 : 11
    const answer = await settled(cluster, leader.send(Produce, body, { maxVersion }))
    const error = errorName(answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1)
    if (error === 'NONE') this.sequences.set(place, baseSequence + values.length)
    return error
  }

  /** One transaction with one record in each of these partitions. */
  async transaction(commit: boolean, value: string, partitions: readonly number[] = [0]): Promise<void> {
    this.manager.begin()
    for (const partition of partitions) await this.write(partition, value)
    await this.end(commit)
  }

  end(commit: boolean, signal?: AbortSignal): Promise<void> {
    return settled(
      this.cluster,
      this.manager.end(commit, () => Promise.resolve(), { signal }),
    )
  }
}

/** The values of a partition that were committed, as a consumer of committed records reads them once all transactions have ended. */
export function committed(cluster: KafkaCluster, partition: number): string[] {
  const { leader } = cluster.partition('bills', partition)
  const open = new Map<number, { offset: number; value: string }[]>()
  const read: { offset: number; value: string }[] = []
  for (const bytes of cluster.partition('bills', partition).log(cluster.broker(leader as number))?.batches ?? []) {
    const batch = new RecordBatch(bytes)
    const values = open.get(batch.producerId) ?? []
    for (const record of batch.records()) {
      if (!batch.isControl) values.push({ offset: record.offset, value: String(record.value) })
      else if (readEndTransactionMarker(record)?.type === 'COMMIT') read.push(...values)
    }
    open.set(batch.producerId, batch.isControl ? [] : values)
  }
  return read.sort((a, b) => a.offset - b.offset).map(({ value }) => value)
}
