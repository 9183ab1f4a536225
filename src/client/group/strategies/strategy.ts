/** What a group's leader knows of a member (the metadata of the consumer protocol, versions 0 to 3). */
export interface ConsumerGroupMember {
  /** Sorted. */
  readonly topics: readonly string[]
  readonly userData: Uint8Array | null
  /** From version 1 on: what it holds now. */
  readonly ownedPartitions: Readonly<Record<string, readonly number[]>>
  /** From version 2 on; -1 before. */
  readonly generationId: number
  /** From version 3 on; null before. */
  readonly rackId: string | null
  /** `group.instance.id`; null for a dynamic member. */
  readonly groupInstanceId: string | null
}

/** Which partitions of which topic each member gets: member id, topic, partitions. */
export type BalanceStrategyPlan = Map<string, Map<string, number[]>>

/** Whether a group's members give up all they hold before a rebalance, or only what moves (KIP-429). */
export type RebalanceProtocol = 'eager' | 'cooperative'
export const RebalanceProtocolEager: RebalanceProtocol = 'eager'
export const RebalanceProtocolCooperative: RebalanceProtocol = 'cooperative'

/** What the strategies of this client are called in the group protocol, as Kafka's own are. */
export const RangeBalanceStrategyName = 'range'
export const RoundRobinBalanceStrategyName = 'roundrobin'
export const StickyBalanceStrategyName = 'sticky'
export const CooperativeStickyBalanceStrategyName = 'cooperative-sticky'

/** Decides, in the leader of a group, who reads what. */
export interface BalanceStrategy {
  /** As the group protocol names it: 'range', 'roundrobin', 'sticky', 'cooperative-sticky', or the application's own. */
  readonly name: string
  /** The protocol it is made for. */
  readonly rebalanceProtocol: RebalanceProtocol
  /** All that it can take part in, where there are others: a member uses the one that all its strategies share. */
  readonly supportedProtocols?: readonly RebalanceProtocol[]
  /**
   * @param members by member id
   * @param topics the partitions of every topic that a member subscribes to
   */
  plan(
    members: ReadonlyMap<string, ConsumerGroupMember>,
    topics: ReadonlyMap<string, readonly number[]>,
  ): BalanceStrategyPlan
  /**
   * What a member tells the leader about itself at the next rebalance, given what it has; null: nothing. In place of
   * `consumer.group.member.userData` (Sarama's SubscriptionUserDataBalanceStrategy).
   */
  userData?(assigned: ReadonlyMap<string, readonly number[]>, generationId: number): Uint8Array | null
  /** What the leader tells a member beside its partitions; null: nothing (Sarama's AssignmentData). */
  assignmentData?(
    memberId: string,
    assigned: ReadonlyMap<string, readonly number[]>,
    generationId: number,
  ): Uint8Array | null
  /** A member got its partitions, and what the leader's `assignmentData` said (Sarama's OnAssignmentBalanceStrategy). */
  onAssignment?(
    assigned: ReadonlyMap<string, readonly number[]>,
    userData: Uint8Array | null,
    generationId: number,
  ): void
}
