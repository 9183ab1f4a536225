import { ErrBrokerNotFound } from '../../client/errors/client-errors.ts'
import { KafkaError } from '../../protocol/errors.ts'

/** Refusals after which a broker has done nothing, and which say that another one is to be asked, or the same one a little later. */
const PASSING: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_CONTROLLER',
])

/** A partition that nobody leads for now, so that nobody can read it or write to it. */
export class LeaderlessError extends Error {
  constructor(topic: string, { index, replicas }: { readonly index: number; readonly replicas: readonly number[] }) {
    super(`${topic}-${index} has no leader: none of its replicas (brokers ${replicas.join(', ')}) that may lead runs`)
  }
}

/** Whether the same request may well be answered otherwise in a while; of what changes nothing, after a broken connection too. */
export function mayPass(error: unknown): boolean {
  // One that metadata has named and that is not known yet.
  if (error instanceof ErrBrokerNotFound || error instanceof LeaderlessError) return true
  return error instanceof KafkaError && (isPassing(error.error) || error.error === 'NETWORK_EXCEPTION')
}

/** Whether an error in an answer says that nothing was done, and that it may be done soon. */
export function isPassing(name: string): boolean {
  return PASSING.has(name)
}
