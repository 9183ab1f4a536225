/** What a member of a group is to read, of one topic. */
export interface AssignedTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** A member of a group as a test sees it. */
export interface GroupMember {
  /** As its coordinator has named it. */
  readonly memberId: string
  /** KIP-345; null for a dynamic member. */
  readonly groupInstanceId: string | null
  /** Kafka's `client.id`. */
  readonly clientId: string
  /** As Java prints an address: '/127.0.0.1'. */
  readonly clientHost: string
  /**
   * What it is to read, by topic, as the group's leader has last said. Undefined in a group whose protocol is not that of consumers, such as Connect's.
   */
  readonly assignment: readonly AssignedTopic[] | undefined
}

/** A group as its coordinator tells of it. */
export interface GroupDescription {
  readonly groupId: string
  /** `Empty`, `PreparingRebalance`, `CompletingRebalance` or `Stable`; `Dead` when there is no such group. */
  readonly state: string
  /** `consumer` for consumers; empty while nobody has joined. */
  readonly protocolType: string
  /** How partitions are assigned, as `range`; empty unless it is stable. */
  readonly protocol: string
  /** The node id of its coordinator; undefined before there is one. */
  readonly coordinator: number | undefined
  readonly members: readonly GroupMember[]
}

/** An offset that a group has committed. */
export interface CommittedPartition {
  readonly topic: string
  readonly partition: number
  /** Of the record that is to be read next. */
  readonly offset: number
  /** Of the record before it; -1: not told. */
  readonly leaderEpoch: number
  /** What the client has said to go with it. */
  readonly metadata: string
}

/** How far a group is behind in one partition. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  /** Undefined: it has committed nothing there. */
  readonly committed: number | undefined
  /** The end of the log as consumers see it. */
  readonly end: number
  /** How many offsets lie from what is committed, or else from the log's start, to the end. */
  readonly lag: number
}

/** A commit that is waited for. */
export interface CommitToWaitFor {
  readonly topic: string
  /** Default: any. */
  readonly partition?: number
  /** Of the record that is to be read next; a commit of a later one will do as well. */
  readonly offset: number
}

/** Which state a group is waited to be stable in. */
export interface StableOptions {
  /** How many members it is to have. Default: at least one. */
  readonly members?: number
}
