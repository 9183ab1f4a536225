import type { Input } from '../protocol/message.ts'
import { FindCoordinator, type FindCoordinatorRequest } from '../protocol/messages/find-coordinator.ts'
import { askAnyone } from './ask-anyone.ts'
import type { Brokers } from './brokers.ts'
import type { CallOptions } from './channel.ts'
import type { Config } from './config/config.ts'
import { ErrIncompleteResponse } from './errors/client-errors.ts'
import { throwIf } from './errors/kafka-error.ts'
import { ErrConsumerCoordinatorNotAvailable, ErrUnsupportedVersion } from './errors/kafka-errors.ts'
import type { Lifetime } from './lifetime.ts'
import type { ConnectedBroker } from './network/connected-broker.ts'
import { sleep } from './time.ts'

/** What FindCoordinator calls a group (0) and a transactional id (1). */
type CoordinatorType = 0 | 1
export const GROUP: CoordinatorType = 0
export const TRANSACTION: CoordinatorType = 1

/** Where coordinators keep what they know. */
const TOPICS = { [GROUP]: '__consumer_offsets', [TRANSACTION]: '__transaction_state' } as const

/** How long a cluster is given to make the topic of its groups or transactions, in ms: Sarama's. */
const COORDINATOR_TOPIC_MS = 2_000

const TYPED_FROM = 1
const BATCHED_FROM = 4

/** Who coordinates which group and which transactional id. */
export class Coordinators {
  private readonly config: Config
  private readonly lifetime: Lifetime
  private readonly brokers: Brokers
  private readonly findTopic: (topic: string, signal: AbortSignal) => Promise<unknown>
  private readonly known = new Map<string, number>()

  /** @param findTopic resolves when a topic has a leader, and rejects when it gets none */
  constructor(
    config: Config,
    lifetime: Lifetime,
    brokers: Brokers,
    findTopic: (topic: string, signal: AbortSignal) => Promise<unknown>,
  ) {
    this.config = config
    this.lifetime = lifetime
    this.brokers = brokers
    this.findTopic = findTopic
  }

  /** By a connection of its own, found when it is not known. @throws ErrConsumerCoordinatorNotAvailable when there is none, the errors of authorization */
  async of(type: CoordinatorType, key: string, { signal }: CallOptions): Promise<ConnectedBroker> {
    this.lifetime.check()
    return (
      this.get(type, key) ??
      this.lifetime.retrying(signal, async (signal) => {
        try {
          await askAnyone(this.brokers, signal, (broker) => this.find(broker, type, key, signal))
        } catch (error) {
          if (error instanceof ErrConsumerCoordinatorNotAvailable) await this.topicOf(type, signal)
          throw error
        }
        const found = this.get(type, key)
        // In the meantime metadata may have come that does not name that broker.
        if (found === undefined) throw new ErrConsumerCoordinatorNotAvailable()
        return found
      })
    )
  }

  /** The same, though it is known. */
  async refresh(type: CoordinatorType, key: string, options: CallOptions): Promise<void> {
    this.known.delete(`${type} ${key}`)
    await this.of(type, key, options)
  }

  private get(type: CoordinatorType, key: string): ConnectedBroker | undefined {
    const id = this.known.get(`${type} ${key}`)
    return id === undefined || this.brokers.get(id) === undefined
      ? undefined
      : this.brokers.connectionTo(id, 'coordinator')
  }

  private async find(asked: ConnectedBroker, type: CoordinatorType, key: string, signal: AbortSignal): Promise<void> {
    const body = (version: number): Input<FindCoordinatorRequest> => {
      if (version >= BATCHED_FROM) return { keyType: type, coordinatorKeys: [key] }
      if (version >= TYPED_FROM) return { keyType: type, key }
      if (type === GROUP) return { key }
      throw new ErrUnsupportedVersion('kafka: brokers have no transactions before Kafka 0.11')
    }
    const answer = await asked.send(FindCoordinator, body, { signal })
    const found = answer.coordinators.length > 0 ? answer.coordinators.find((one) => one.key === key) : answer
    if (found === undefined) throw new ErrIncompleteResponse(`the coordinator of ${key}`)
    throwIf(found.errorCode, found.errorMessage)
    const { nodeId: id, host, port } = found
    // It may have moved since metadata was told: a coordinator is where those who know it say that it is.
    this.brokers.place({ id, host, port, rack: this.brokers.get(id)?.rack ?? null })
    this.known.set(`${type} ${key}`, id)
  }

  /** The first group of a cluster has Kafka make the topic of groups, which takes longer than a back-off: waits for it, but not for long. */
  private async topicOf(type: CoordinatorType, signal: AbortSignal): Promise<void> {
    try {
      await this.findTopic(TOPICS[type], signal)
    } catch {
      await sleep(this.config.clock, COORDINATOR_TOPIC_MS, signal)
    }
  }
}
