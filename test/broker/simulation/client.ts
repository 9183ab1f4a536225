import type { Random } from '../../../src/broker/random.ts'
import { ErrorCode, type ErrorName, errorName } from '../../../src/protocol/errors.ts'
import type { Api, Input } from '../../../src/protocol/message.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { type Program, wait } from './program.ts'
import type { Outcome, Wire } from './wire.ts'
import type { World } from './world.ts'

/** Who leads a partition, as far as a client knows. */
export interface KnownLeader {
  readonly nodeId: number
  readonly epoch: number
}

const FIRST_BACKOFF_MS = 100
const LAST_BACKOFF_MS = 2000
const METADATA_TIMEOUT_MS = 3000

export const KeyType = { group: 0, transaction: 1 } as const

/** What every client of Kafka has: connections, metadata that it learns from any broker, and patience. */
export class Client {
  readonly id: string
  readonly world: World
  readonly random: Random
  private readonly wires = new Map<number, Wire>()
  private readonly leaders = new Map<string, KnownLeader>()
  private readonly coordinators = new Map<string, number>()
  private backoffMs = FIRST_BACKOFF_MS

  constructor(world: World, id: string, random: Random) {
    this.world = world
    this.id = id
    this.random = random
  }

  /** Sends a request to a broker and waits for what comes of it. */
  ask<Req, Res>(
    nodeId: number,
    api: Api<Req, Res>,
    version: number,
    body: Req,
    timeoutMs: number,
  ): Program<Outcome<Res>> {
    return wait(this.wire(nodeId).send(api, version, body, timeoutMs))
  }

  wire(nodeId: number): Wire {
    let wire = this.wires.get(nodeId)
    if (wire === undefined || !wire.isOpen) {
      wire = this.world.network.connect(nodeId, this.id)
      this.wires.set(nodeId, wire)
    }
    return wire
  }

  *sleep(ms: number): Program<void> {
    const { clock, network } = this.world
    yield* wait<void>((resume) => {
      clock.setTimer(ms, () => network.later(() => resume()))
    })
  }

  /** Waits a little, longer each time, until {@link succeeded}. */
  *backOff(): Program<void> {
    const ms = this.backoffMs
    this.backoffMs = Math.min(2 * ms, LAST_BACKOFF_MS)
    yield* this.sleep(ms)
  }

  succeeded(): void {
    this.backoffMs = FIRST_BACKOFF_MS
  }

  leader(topic: string, partition: number): KnownLeader | undefined {
    return this.leaders.get(`${topic}-${partition}`)
  }

  /** Finds who leads a partition, for as long as that takes. */
  *findLeader(topic: string, partition: number): Program<KnownLeader> {
    for (;;) {
      const known = this.leader(topic, partition)
      if (known !== undefined && known.nodeId >= 0) return known
      yield* this.refresh(topic)
      const found = this.leader(topic, partition)
      if (found !== undefined && found.nodeId >= 0) return found
      yield* this.backOff()
    }
  }

  /** Asks some broker for metadata. What is older than what is known is passed over (KIP-320). */
  *refresh(topic: string): Program<void> {
    const nodeId = this.anyBroker()
    const { answer } = yield* this.ask(
      nodeId,
      Metadata,
      9,
      {
        topics: [{ topicId: ZERO_UUID, name: topic }],
        allowAutoTopicCreation: false,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false,
      },
      METADATA_TIMEOUT_MS,
    )
    for (const { partitions = [] } of answer?.topics ?? []) {
      for (const { partitionIndex = 0, leaderId = -1, leaderEpoch = -1 } of partitions) {
        const key = `${topic}-${partitionIndex}`
        const known = this.leaders.get(key)
        if (known === undefined || known.epoch <= leaderEpoch)
          this.leaders.set(key, { nodeId: leaderId, epoch: leaderEpoch })
      }
    }
  }

  /** Finds who coordinates a group or a transactional id, for as long as that takes. */
  *findCoordinator(key: string, keyType: number): Program<number> {
    for (;;) {
      const known = this.coordinators.get(key)
      if (known !== undefined) return known
      const { answer } = yield* this.ask(
        this.anyBroker(),
        FindCoordinator,
        4,
        { key: '', keyType, coordinatorKeys: [key] },
        METADATA_TIMEOUT_MS,
      )
      const found = answer?.coordinators?.[0]
      if (found !== undefined && (found.errorCode ?? 0) === 0 && found.nodeId !== undefined) {
        this.coordinators.set(key, found.nodeId)
        return found.nodeId
      }
      yield* this.backOff()
    }
  }

  forgetCoordinator(key: string): void {
    this.coordinators.delete(key)
  }

  note(what: string): void {
    this.world.note(`${this.id} ${what}`)
  }

  private anyBroker(): number {
    const { brokers } = this.world.cluster
    return brokers[this.random.below(brokers.length)]?.nodeId ?? -1
  }
}

/** The error of an answer, or why there is none. */
export type Told = ErrorName | 'disconnected' | 'timed out' | 'no response'

export function told<Response>(
  { answer, lost }: Outcome<Response>,
  codeOf: (answer: Input<Response>) => number | undefined,
): Told {
  return answer === undefined ? (lost ?? 'disconnected') : errorName(codeOf(answer) ?? ErrorCode.NONE)
}

/** Whether nobody can say if what was asked has happened, or will. */
export function isUnknown(error: Told): boolean {
  return error === 'timed out' || error === 'disconnected' || error === 'REQUEST_TIMED_OUT'
}
