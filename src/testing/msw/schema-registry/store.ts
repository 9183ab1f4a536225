import type { KafkaCluster } from '../../../broker/cluster.ts'
import { newClusterAdmin, newConfig } from '../../../client/index.ts'
import { storeError } from './errors.ts'
import type { RegistryKey, RegistryRecord } from './records.ts'
import { RegistryState } from './registry-state.ts'

/** The real one makes it so: with three replicas, where there are as many brokers. */
const REPLICAS = 3

/** What the registry knows: the records of a compacted topic of the cluster, and nothing besides. */
export class SchemaStore {
  readonly #cluster: KafkaCluster
  readonly #topic: string
  #state = new RegistryState()
  #seen = ''
  #ready: Promise<void> | undefined
  /** What changes one after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(cluster: KafkaCluster, topic: string) {
    this.#cluster = cluster
    this.#topic = topic
  }

  /**
   * All that has been written so far.
   * @throws RestError 50001 when nobody leads the topic
   */
  async read(): Promise<RegistryState> {
    await this.#prepare()
    const partition = this.#cluster.partition(this.#topic, 0)
    const { leaderEpoch, logStartOffset, highWatermark } = partition
    const now = `${leaderEpoch} ${logStartOffset} ${highWatermark}`
    if (now === this.#seen && partition.leader !== undefined) return this.#state
    try {
      const records = await partition.records<RegistryKey>({ key: 'json', value: 'json' })
      const state = new RegistryState()
      for (const { key, value } of records) {
        if (key !== null) state.replay({ key, value } as unknown as RegistryRecord)
      }
      this.#state = state
      this.#seen = now
      return state
    } catch (error) {
      throw storeError(`Error while retrieving schema from the backend Kafka store: ${reason(error)}`)
    }
  }

  /** Reads, decides, writes: no other change comes in between. */
  async change<T>(
    decide: (state: RegistryState, write: (...records: RegistryRecord[]) => void) => Promise<T>,
  ): Promise<T> {
    const turn = this.#changes.then(async () => {
      const records: RegistryRecord[] = []
      const result = await decide(await this.read(), (...more) => records.push(...more))
      if (records.length > 0) await this.#append(records)
      return result
    })
    this.#changes = turn.catch(() => {})
    return turn
  }

  async #append(records: readonly RegistryRecord[]): Promise<void> {
    try {
      await this.#cluster.partition(this.#topic, 0).append(records.map(({ key, value }) => ({ key, value })))
    } catch (error) {
      throw storeError(`Register operation failed while writing to the Kafka store: ${reason(error)}`)
    }
  }

  #prepare(): Promise<void> {
    if (this.#cluster.partition(this.#topic, 0).exists) return Promise.resolve()
    this.#ready ??= this.#create().finally(() => {
      this.#ready = undefined
    })
    return this.#ready
  }

  async #create(): Promise<void> {
    const { bootstrapServers, brokers } = this.#cluster
    try {
      const admin = await newClusterAdmin(bootstrapServers, newConfig(this.#cluster.clientConfig()))
      try {
        await admin.createTopic(this.#topic, {
          numPartitions: 1,
          replicationFactor: Math.min(REPLICAS, brokers.length),
          configEntries: { 'cleanup.policy': 'compact' },
        })
      } finally {
        await admin.close()
      }
    } catch (error) {
      if (this.#cluster.partition(this.#topic, 0).exists) return
      throw storeError(`The topic ${this.#topic} cannot be made: ${reason(error)}`)
    }
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
