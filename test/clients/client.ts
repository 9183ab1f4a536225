/** What the scenario asks of a Kafka client. Each adapter says it in its client's own words. */

export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface OutgoingRecord {
  readonly key: string
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

export interface ConsumedRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: Buffer
  /** Empty where the client (or the message format it speaks) has no headers. */
  readonly headers: Readonly<Record<string, string>>
}

/** What a member of a group tells while it lives. */
export interface MemberEvents {
  /** The partitions it owns from now on: all of them, also those it owned before. */
  assigned(partitions: Iterable<number>): void
  consumed(record: ConsumedRecord): void
  /** The member gave up: the scenario fails with this error. */
  failed(error: unknown): void
}

export interface Member {
  /** Commits, for each partition, the offset of the next record to read; resolves once the broker has said yes. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>
  /** Leaves the group and closes its connections. Commits nothing by itself. */
  leave(): Promise<void>
}

/** One running instance of a client: one process of a user's, so to say. */
export interface Session {
  createTopic(topic: string, partitions: number, replicationFactor: number): Promise<void>
  /** Resolves once every record is acknowledged by all in-sync replicas. */
  produce(topic: string, codec: Codec, records: readonly OutgoingRecord[]): Promise<void>
  /** Joins the group and consumes from the committed offset, or else from the earliest. */
  join(groupId: string, topic: string, events: MemberEvents): Promise<Member>
  close(): Promise<void>
}

export interface Client {
  readonly name: string
  /** Every codec the client can write. */
  readonly codecs: readonly Codec[]
  readonly headers: boolean
  /** Something of it stays connected until the process ends, and would log its attempts to find brokers that stopped. */
  readonly staysConnected?: boolean
  /** Why the client cannot run here or against this cluster; nothing when it can. */
  unavailable?(bootstrapServers: readonly string[]): Promise<string | undefined>
  start(bootstrapServers: readonly string[]): Promise<Session>
}
