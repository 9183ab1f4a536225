import type { HeldRequest } from '../held-request.ts'
import type { JoinAnswer } from './join-answer.ts'
import type { SyncAnswer } from './sync-answer.ts'

/** A way of assigning that a member offers, with what it tells the leader about itself. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** Who a member is, and what it asked for when it last joined. */
export interface MemberOptions {
  readonly memberId: string
  /** KIP-345: set for a static member. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Java prints an address: '/127.0.0.1'. */
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  readonly assignment?: Buffer
}

export const EMPTY_ASSIGNMENT: Buffer = Buffer.alloc(0)

/** A member of a classic group: soft state, but for what a GroupMetadata record says of it. */
export class ClassicGroupMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly protocolType: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  protocols: readonly MemberProtocol[]
  assignment: Buffer
  /** Its JoinGroup request, while it is held. */
  heldJoin: HeldRequest<JoinAnswer> | undefined
  /** Its SyncGroup request, while it is held. */
  heldSync: HeldRequest<SyncAnswer> | undefined
  /** Whether it does not know its member id yet: its first JoinGroup is held. */
  isNew = false

  constructor(options: MemberOptions) {
    this.memberId = options.memberId
    this.groupInstanceId = options.groupInstanceId
    this.clientId = options.clientId
    this.clientHost = options.clientHost
    this.protocolType = options.protocolType
    this.rebalanceTimeoutMs = options.rebalanceTimeoutMs
    this.sessionTimeoutMs = options.sessionTimeoutMs
    this.protocols = options.protocols
    this.assignment = options.assignment ?? EMPTY_ASSIGNMENT
  }

  get isStatic(): boolean {
    return this.groupInstanceId !== null
  }

  get isAwaitingJoin(): boolean {
    return this.heldJoin !== undefined
  }

  /** What it told of itself under a protocol, which it must have offered. */
  metadata(protocol: string): Buffer {
    const offered = this.protocols.find(({ name }) => name === protocol)
    if (offered === undefined) throw new Error(`Member ${this.memberId} does not support protocol ${protocol}`)
    return offered.metadata
  }

  supports(protocol: string): boolean {
    return this.protocols.some(({ name }) => name === protocol)
  }

  /** Whether it offers the same protocols, with the same metadata, in the same order. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      this.protocols.every(({ name, metadata }, i) => {
        const other = protocols[i]
        return other !== undefined && other.name === name && other.metadata.equals(metadata)
      })
    )
  }

  /** The first of its protocols that is a candidate. */
  vote(candidates: ReadonlySet<string>): string {
    const choice = this.protocols.find(({ name }) => candidates.has(name))
    if (choice === undefined) throw new Error(`Member ${this.memberId} does not support any of the candidate protocols`)
    return choice.name
  }

  /**
   * Whether it need not send heartbeats: a request of its is held. Not so for a new member, which may have gone away:
   * while a JoinGroup is held, a closed connection is not noticed.
   */
  get hasSatisfiedHeartbeat(): boolean {
    return !this.isNew && (this.heldJoin !== undefined || this.heldSync !== undefined)
  }

  completeJoin(answer: JoinAnswer): void {
    this.heldJoin?.complete(answer)
    this.heldJoin = undefined
  }

  /** Whether a SyncGroup request was held, and is answered now. */
  completeSync(answer: SyncAnswer): boolean {
    const held = this.heldSync
    this.heldSync = undefined
    held?.complete(answer)
    return held !== undefined
  }
}
