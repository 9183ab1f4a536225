import type { Input } from '../protocol/message.ts'
import { FindCoordinator, type FindCoordinatorRequest } from '../protocol/messages/find-coordinator.ts'
import type { Brokers } from './brokers.ts'
import { ErrIncompleteResponse } from './errors/client-errors.ts'
import { ErrUnsupportedVersion, throwIf } from './errors/kafka-errors.ts'
import type { ConnectedBroker } from './network/connected-broker.ts'

/** What FindCoordinator calls a group (0) and a transactional id (1). */
export type CoordinatorType = 0 | 1
export const GROUP: CoordinatorType = 0
export const TRANSACTION: CoordinatorType = 1

const TYPED_FROM = 1
const BATCHED_FROM = 4

/** Who coordinates which group and which transactional id. */
export class Coordinators {
  private readonly brokers: Brokers
  private readonly known = new Map<string, number>()

  constructor(brokers: Brokers) {
    this.brokers = brokers
  }

  /** By a connection of its own; undefined when it is not known. */
  get(type: CoordinatorType, key: string): ConnectedBroker | undefined {
    const id = this.known.get(`${type} ${key}`)
    return id === undefined || this.brokers.get(id) === undefined
      ? undefined
      : this.brokers.connectionTo(id, 'coordinator')
  }

  forget(type: CoordinatorType, key: string): void {
    this.known.delete(`${type} ${key}`)
  }

  /** Asks a broker. @throws ErrConsumerCoordinatorNotAvailable while there is none, the errors of authorization */
  async find(
    asked: ConnectedBroker,
    type: CoordinatorType,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
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
}
