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

/** Decides, in the leader of a group, who reads what. */
export interface BalanceStrategy {
  /** As the group protocol names it: 'range', 'roundrobin', 'sticky', 'cooperative-sticky', or the application's own. */
  readonly name: string
  /** Whether members keep what they have while the group rebalances (KIP-429); every strategy of a member must say the same. */
  readonly rebalanceProtocol: 'eager' | 'cooperative'
  /**
   * @param members by member id
   * @param topics the partitions of every topic that a member subscribes to
   */
  plan(
    members: ReadonlyMap<string, ConsumerGroupMember>,
    topics: ReadonlyMap<string, readonly number[]>,
  ): BalanceStrategyPlan
  /** What a member tells the leader about itself at the next rebalance, given what it has; null: nothing. */
  userData?(assigned: ReadonlyMap<string, readonly number[]>, generationId: number): Uint8Array | null
}
