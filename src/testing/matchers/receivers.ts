import { inspect } from 'node:util'
import type { KafkaCluster } from '../../broker/cluster.ts'
import type { BrokerHandle } from '../../broker/handles/brokers/broker-handle.ts'
import type { RequestMatcher } from '../../intercept/handler.ts'
import { ACTIVITY, type ProxyActivity } from '../../proxy/activity.ts'
import type { KafkaProxy } from '../../proxy/kafka-proxy.ts'
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

/** @throws TypeError for what has no handlers: what is neither a cluster of this package nor a proxy */
export function handlersReceiver(matcher: string, received: unknown): KafkaCluster | KafkaProxy {
  if (isCluster(received) || isProxy(received)) return received
  if (isHandler(received)) {
    throw new TypeError(
      `${matcher} wants the cluster or the proxy in which a handler is used, of which a handler knows nothing: ` +
        `await expect(cluster).${matcher}(handler), with ${received.description} for the handler`,
    )
  }
  throw wrong(matcher, 'a KafkaCluster or a KafkaProxy', received, orProxy(received))
}

/** @throws TypeError for what is neither a cluster of this package, nor one of its brokers, nor a proxy */
export function requestsReceiver(matcher: string, received: unknown): KafkaCluster | BrokerHandle | KafkaProxy {
  if (isCluster(received) || isBroker(received) || isProxy(received)) return received
  const wanted = 'a KafkaCluster, one of its brokers, cluster.broker(1), or a KafkaProxy'
  throw wrong(matcher, wanted, received, orProxy(received))
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

export function isProxy(value: unknown): value is KafkaProxy & { readonly [ACTIVITY]: ProxyActivity } {
  return has(value, ['use', 'calls', 'listHandlers']) && ACTIVITY in (value as object)
}

/** What to do about a cluster by `connectCluster`, which has no handlers. */
function orProxy(received: unknown): string {
  if (!has(received, ['topic', 'group', 'name'])) return ''
  return ': a cluster that is there already tells nobody what comes to it, but a KafkaProxy before it does'
}

export function isBroker(value: unknown): value is BrokerHandle {
  return has(value, ['connect', 'kill']) && typeof (value as BrokerHandle).nodeId === 'number'
}

function has(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

function wrong(matcher: string, wanted: string, received: unknown, hint = ''): TypeError {
  return new TypeError(`${matcher} wants ${wanted}, not ${described(received)}${hint}`)
}

function described(value: unknown): string {
  if (isCluster(value)) return 'a KafkaCluster'
  if (isProxy(value)) return 'a KafkaProxy'
  if (isTopic(value)) return `the ${'index' in value ? 'partition' : 'topic'} ${nameOf(value)}`
  if (isGroup(value)) return `the group ${value.id}`
  if (isBroker(value)) return `broker ${value.nodeId}`
  if (isHandler(value)) return `the handler ${value.description}`
  if (has(value, ['then'])) return 'a promise: await it first, and expect of what it gives'
  if (typeof value !== 'object' || value === null) return inspect(value)
  const name: unknown = (value as object).constructor?.name
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `a ${name}` : inspect(value, { depth: 0 })
}
