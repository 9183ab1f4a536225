import { KafkaError } from '../../../protocol/errors.ts'
import { type ClassicGroupMember, EMPTY_ASSIGNMENT } from './classic-group-member.ts'
import { type ClassicGroupState, mayFollow } from './classic-group-state.ts'
import { selectProtocol, supportedByAll } from './protocol-selection.ts'
import { CONSUMER_PROTOCOL_TYPE, subscribedTopics } from './subscribed-topics.ts'

/** What a group begins with: a new one with nothing, a loaded one with what its record says. */
export interface ClassicGroupOptions {
  readonly groupId: string
  readonly state: ClassicGroupState
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** When it entered its state, ms; -1 when an old record does not say. */
  readonly stateTimestamp: number
}

/**
 * A group of the classic protocol, or one that only commits offsets: its members, its generation, and the rules of how
 * they change, after Kafka's `ClassicGroup`. Soft state: what outlives a move of the coordinator is in the GroupMetadata
 * record that is written when a generation is complete.
 */
export class ClassicGroup {
  readonly groupId: string
  state: ClassicGroupState
  previousState: ClassicGroupState = 'Dead'
  stateTimestamp: number
  generationId: number
  protocolType: string | null
  protocolName: string | null
  leaderId: string | null
  readonly members: Map<string, ClassicGroupMember> = new Map()
  /** Ids that were given to members which have not joined with them yet (KIP-394). */
  readonly pendingJoinMembers: Set<string> = new Set()
  /** Members of this generation that have not sent SyncGroup yet. */
  readonly pendingSyncMembers: Set<string> = new Set()
  /** Whether a member came while the first rebalance was delayed. */
  newMemberAdded = false
  /** What its consumers subscribe to; null when that is not known. */
  subscribedTopics: ReadonlySet<string> | null = null
  private readonly staticMembers = new Map<string, string>()

  constructor(options: ClassicGroupOptions) {
    this.groupId = options.groupId
    this.state = options.state
    this.generationId = options.generationId
    this.protocolType = options.protocolType
    this.protocolName = options.protocolName
    this.leaderId = options.leaderId
    this.stateTimestamp = options.stateTimestamp
  }

  isIn(...states: readonly ClassicGroupState[]): boolean {
    return states.includes(this.state)
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId
  }

  /** The member of that id, which must be in the group. */
  member(memberId: string): ClassicGroupMember {
    const member = this.members.get(memberId)
    if (member === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID')
    return member
  }

  /** The member id of a static member. */
  staticMemberId(groupInstanceId: string): string | undefined {
    return this.staticMembers.get(groupInstanceId)
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  get numAwaitingJoin(): number {
    let count = 0
    for (const member of this.members.values()) if (member.isAwaitingJoin) count++
    return count
  }

  get hasAllMembersJoined(): boolean {
    return this.pendingJoinMembers.size === 0 && this.numAwaitingJoin === this.members.size
  }

  /** The longest that a member wants to be waited for, ms. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }

  get canRebalance(): boolean {
    return mayFollow(this.state, 'PreparingRebalance')
  }

  transitionTo(state: ClassicGroupState, now: number): void {
    if (!mayFollow(this.state, state)) throw new Error(`Group ${this.groupId} cannot go from ${this.state} to ${state}`)
    this.previousState = this.state
    this.state = state
    this.stateTimestamp = now
  }

  add(member: ClassicGroupMember): void {
    if (member.groupInstanceId !== null) this.staticMembers.set(member.groupInstanceId, member.memberId)
    if (this.members.size === 0) this.protocolType = member.protocolType
    this.leaderId ??= member.memberId
    this.members.set(member.memberId, member)
    this.pendingJoinMembers.delete(member.memberId)
  }

  /** Takes a member out, whether it has joined or was only given an id. Another becomes the leader in its place. */
  remove(memberId: string): void {
    const member = this.members.get(memberId)
    this.members.delete(memberId)
    if (member?.groupInstanceId != null) this.staticMembers.delete(member.groupInstanceId)
    if (this.isLeader(memberId)) this.leaderId = firstKey(this.members)
    this.pendingJoinMembers.delete(memberId)
    this.pendingSyncMembers.delete(memberId)
  }

  /** Has a static member go on under a new member id (KIP-345). */
  rename(old: ClassicGroupMember, renamed: ClassicGroupMember): void {
    this.members.delete(old.memberId)
    this.members.set(renamed.memberId, renamed)
    if (this.isLeader(old.memberId)) this.leaderId = renamed.memberId
    if (renamed.groupInstanceId !== null) this.staticMembers.set(renamed.groupInstanceId, renamed.memberId)
  }

  /** Makes a member that has rejoined the leader, if the leader has not. False when nobody has rejoined. */
  electRejoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.members.get(this.leaderId)?.isAwaitingJoin) return true
    for (const member of this.members.values()) {
      if (!member.isAwaitingJoin) continue
      this.leaderId = member.memberId
      return true
    }
    return false
  }

  /** Whether a member that offers these protocols may join. */
  supportsProtocols(protocolType: string, protocols: readonly { readonly name: string }[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0
    return (
      this.protocolType === protocolType && protocols.some(({ name }) => supportedByAll(name, this.members.values()))
    )
  }

  /** The protocol that the members would vote for now. */
  selectProtocol(): string {
    return selectProtocol([...this.members.values()])
  }

  /** Begins the next generation with whoever has joined. */
  initNextGeneration(now: number): void {
    this.generationId++
    const empty = this.members.size === 0
    this.protocolName = empty ? null : this.selectProtocol()
    this.computeSubscribedTopics()
    this.transitionTo(empty ? 'Empty' : 'CompletingRebalance', now)
    this.pendingSyncMembers.clear()
  }

  computeSubscribedTopics(): void {
    const { protocolName } = this
    if (!this.usesConsumerProtocol) this.subscribedTopics = null
    else if (this.members.size === 0) this.subscribedTopics = new Set()
    else if (protocolName === null) this.subscribedTopics = null
    else this.subscribedTopics = subscribedTopics([...this.members.values()].map((m) => m.metadata(protocolName)))
  }

  /** Whether its consumers use a topic; assumed of consumers that do not say. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.usesConsumerProtocol
  }

  /** Throws unless it is a member, and the one that goes by this instance id. */
  validateMember(memberId: string, groupInstanceId: string | null): void {
    if (groupInstanceId !== null) {
      const existing = this.staticMembers.get(groupInstanceId)
      if (existing === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID')
      if (existing !== memberId) throw new KafkaError('FENCED_INSTANCE_ID')
    }
    if (!this.members.has(memberId)) throw new KafkaError('UNKNOWN_MEMBER_ID')
  }

  /** The members' assignments by member id. */
  assignments(): Map<string, Buffer> {
    return new Map([...this.members].map(([memberId, { assignment }]) => [memberId, assignment]))
  }

  /** Gives each member its assignment, or none. */
  assign(assignments: ReadonlyMap<string, Buffer>): void {
    for (const [memberId, member] of this.members) member.assignment = assignments.get(memberId) ?? EMPTY_ASSIGNMENT
  }
}

function firstKey<K>(map: ReadonlyMap<K, unknown>): K | null {
  const { value } = map.keys().next()
  return value ?? null
}
