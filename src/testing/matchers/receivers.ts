import { inspect } from 'node:util'
import type { KafkaCluster } from '../../broker/cluster.ts'
import type { BrokerHandle } from '../../broker/handles/brokers/broker-handle.ts'
import type { RequestMatcher } from '../../intercept/handler.ts'
import type { TestGroup, TestPartition, TestTopic } from '../test-cluster.ts'

/** What matchers of records are about. */
export type RecordsReceiver = TestTopic | TestPartition

// All by their looks, and none by its class: a handle may come from another realm, another copy of the package, or another kind of cluster.

/** @throws TypeError for what is no topic and no partition */
export function recordsReceiver(matcher: string, received: unknown): RecordsReceiver {
  if (isTopic(received)) return received
  throw wrong(matcher, "a topic or a partition, cluster.topic('orders') or cluster.partition('orders', 0)", received)
}

/** @throws TypeError for what is no group */
export function groupReceiver(matcher: string, received: unknown): TestGroup {
  if (isGroup(received)) return received
  throw wrong(matcher, "a group, cluster.group('billing')", received)
}

/** @throws TypeError for what is no cluster of this package */
export function clusterReceiver(matcher: string, received: unknown): KafkaCluster {
  if (isCluster(received)) return received
  if (isHandler(received)) {
    throw new TypeError(
      `${matcher} wants the cluster in which a handler is used, of which a handler knows nothing: ` +
        `await expect(cluster).${matcher}(handler), with ${received.description} for the handler`,
    )
  }
  throw wrong(matcher, 'a KafkaCluster', received)
}

/** @throws TypeError for what is neither a cluster of this package nor one of its brokers */
export function nodesReceiver(matcher: string, received: unknown): KafkaCluster | BrokerHandle {
  if (isCluster(received) || isBroker(received)) return received
  throw wrong(matcher, 'a KafkaCluster or one of its brokers, cluster.broker(1)', received)
}

/** The name of a topic, or a partition as Kafka writes it: `orders-0`. */
export function nameOf(receiver: RecordsReceiver): string {
  return 'index' in receiver ? `${receiver.topic}-${receiver.index}` : receiver.name
}

/** Whether something has the looks of a handler, or of a matcher of requests. */
export function isHandler(value: unknown): value is RequestMatcher {
  return has(value, ['matches']) && typeof (value as RequestMatcher).description === 'string'
}

function isTopic(value: unknown): value is RecordsReceiver {
  return has(value, ['append', 'records', 'waitFor'])
}

function isGroup(value: unknown): value is TestGroup {
  return has(value, ['describe', 'offsets', 'lags'])
}

function isCluster(value: unknown): value is KafkaCluster {
  return has(value, ['topic', 'group', 'use', 'calls'])
}

export function isBroker(value: unknown): value is BrokerHandle {
  return has(value, ['connect', 'kill']) && typeof (value as BrokerHandle).nodeId === 'number'
}

function has(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

function wrong(matcher: string, wanted: string, received: unknown): TypeError {
  return new TypeError(`${matcher} wants ${wanted}, not ${described(received)}`)
}

function described(value: unknown): string {
  if (isCluster(value)) return 'a KafkaCluster'
  if (isTopic(value)) return `the ${'index' in value ? 'partition' : 'topic'} ${nameOf(value)}`
  if (isGroup(value)) return `the group ${value.id}`
  if (isBroker(value)) return `broker ${value.nodeId}`
  if (isHandler(value)) return `the handler ${value.description}`
  if (has(value, ['then'])) return 'a promise: await it first, and expect of what it gives'
  if (typeof value !== 'object' || value === null) return inspect(value)
  const name: unknown = (value as object).constructor?.name
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `a ${name}` : inspect(value, { depth: 0 })
}
