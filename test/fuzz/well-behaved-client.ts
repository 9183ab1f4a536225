import type { KafkaCluster } from '../../src/index.ts'
import { ErrorCode, errorName } from '../../src/protocol/errors.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Heartbeat } from '../../src/protocol/messages/heartbeat.ts'
import { InitProducerId } from '../../src/protocol/messages/init-producer-id.ts'
import { JoinGroup } from '../../src/protocol/messages/join-group.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { OffsetCommit } from '../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../src/protocol/messages/offset-fetch.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { SyncGroup } from '../../src/protocol/messages/sync-group.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import { readBatches } from '../../src/protocol/records/record-batch.ts'
import { WireClient } from '../wire-client.ts'

/** The topic and the group that nobody else knows of. */
const TOPIC = 'well-behaved'
const GROUP = 'well-behaved-group'

/** The configs of its topic, which is to outlive all virtual time. */
export const wellBehavedTopic = { [TOPIC]: { configs: { 'retention.ms': '-1' } } }

/** An idempotent producer and a member of a group that see to their own business, and complain when they cannot. */
export class WellBehavedClient {
  /** How many connections it has. */
  static readonly CONNECTIONS = 3

  private readonly producer: WireClient
  private readonly fetcher: WireClient
  private readonly member: WireClient
  private readonly produced: string[] = []
  private readonly consumed: string[] = []
  private producerId = -1
  private memberId = ''
  private generationId = -1

  private constructor(cluster: KafkaCluster, leader: number, coordinator: number) {
    this.producer = new WireClient(cluster.connect(leader))
    this.fetcher = new WireClient(cluster.connect(leader))
    this.member = new WireClient(cluster.connect(coordinator))
  }

  /** Finds the leader and the coordinator, and joins its group. */
  static async start(cluster: KafkaCluster): Promise<WellBehavedClient> {
    const wire = new WireClient(cluster.connect())
    const { topics } = await wire.send(Metadata, 4, { topics: [{ name: TOPIC }] })
    const { coordinators } = await wire.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: [GROUP] })
    wire.close()
    const [coordinator] = coordinators
    right('FindCoordinator', coordinator?.errorCode)
    const leader = topics[0]?.partitions[0]?.leaderId ?? -1
    const client = new WellBehavedClient(cluster, leader, coordinator?.nodeId ?? -1)
    await client.join()
    return client
  }

  /** Produces a batch while the consumer waits for it, consumes it, commits, and reads what it committed. */
  async turn(): Promise<void> {
    const { groupId, memberId, generationId } = this.membership
    right('Heartbeat', (await this.member.send(Heartbeat, 3, this.membership)).errorCode)
    const fetched = this.fetch(this.consumed.length, 60_000)
    await this.produce()
    this.consumed.push(...(await fetched))
    if (this.consumed.at(-1) !== this.produced.at(-1))
      throw new Error('a record that was acknowledged was not consumed')

    const committedOffset = this.consumed.length
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: '' }]
    const commit = { groupId, memberId, generationIdOrMemberEpoch: generationId, topics: [{ name: TOPIC, partitions }] }
    const committed = await this.member.send(OffsetCommit, 7, commit)
    right('OffsetCommit', committed.topics[0]?.partitions[0]?.errorCode)
    const topics = [{ name: TOPIC, partitionIndexes: [0] }]
    const known = (await this.member.send(OffsetFetch, 5, { groupId, topics })).topics[0]?.partitions[0]
    right('OffsetFetch', known?.errorCode)
    if (known?.committedOffset !== committedOffset)
      throw new Error(`committed ${committedOffset}, got ${known?.committedOffset}`)
  }

  /** Reads the log from its beginning, and finds all that was acknowledged, in order, and nothing else. */
  async finish(): Promise<void> {
    const all: string[] = []
    while (all.length < this.produced.length) {
      const more = await this.fetch(all.length, 0)
      if (more.length === 0)
        throw new Error(`${this.produced.length} records were acknowledged, ${all.length} are there`)
      all.push(...more)
    }
    const wrong = all.findIndex((value, i) => value !== this.produced[i])
    if (wrong !== -1 || all.length !== this.produced.length) throw new Error(`the log is wrong at offset ${wrong}`)
  }

  close(): void {
    this.producer.close()
    this.fetcher.close()
    this.member.close()
  }

  private get membership(): { groupId: string; memberId: string; generationId: number } {
    return { groupId: GROUP, memberId: this.memberId, generationId: this.generationId }
  }

  private async join(): Promise<void> {
    const unknown = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 }
    const { errorCode, producerId } = await this.producer.send(InitProducerId, 4, unknown)
    right('InitProducerId', errorCode)
    this.producerId = producerId
    const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
    const member = { groupId: GROUP, sessionTimeoutMs: 1_800_000, rebalanceTimeoutMs: 60_000, protocolType: 'consumer' }
    const { memberId } = await this.member.send(JoinGroup, 7, { ...member, memberId: '', protocols })
    const joined = await this.member.send(JoinGroup, 7, { ...member, memberId, protocols })
    right('JoinGroup', joined.errorCode)
    this.memberId = memberId
    this.generationId = joined.generationId
    const assignments = [{ memberId, assignment: Buffer.from('all') }]
    right('SyncGroup', (await this.member.send(SyncGroup, 3, { ...this.membership, assignments })).errorCode)
  }

  private async produce(): Promise<void> {
    const baseSequence = this.produced.length
    const values = [0, 1, 2].map((i) => `record ${baseSequence + i}`)
    const batch = buildBatch(
      values.map((value) => ({ value: Buffer.from(value), timestamp: 1_700_000_000_000 })),
      { producerId: this.producerId, producerEpoch: 0, baseSequence },
    )
    const partitionData = [{ index: 0, records: [batch] }]
    const request = { acks: -1, timeoutMs: 1000, transactionalId: null, topicData: [{ name: TOPIC, partitionData }] }
    const [answer] = (await this.producer.send(Produce, 8, request)).responses[0]?.partitionResponses ?? []
    right('Produce', answer?.errorCode)
    if (answer?.baseOffset !== baseSequence)
      throw new Error(`appended at ${answer?.baseOffset}, not at ${baseSequence}`)
    this.produced.push(...values)
  }

  private async fetch(fetchOffset: number, maxWaitMs: number): Promise<string[]> {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }]
    const request = { maxWaitMs, minBytes: 1, maxBytes: 1 << 20, topics: [{ topic: TOPIC, partitions }] }
    const [answer] = (await this.fetcher.send(Fetch, 11, request)).responses[0]?.partitions ?? []
    right('Fetch', answer?.errorCode)
    const values: string[] = []
    for (const batch of readBatches(Buffer.concat(answer?.records ?? []))) {
      for (const { offset, value } of batch.records()) if (offset >= fetchOffset) values.push(String(value))
    }
    return values
  }
}

function right(what: string, errorCode: number | undefined): void {
  if (errorCode !== ErrorCode.NONE)
    throw new Error(`${what}: ${errorCode === undefined ? 'no answer' : errorName(errorCode)}`)
}
