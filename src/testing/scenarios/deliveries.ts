import type { KafkaCluster } from '../../broker/cluster.ts'
import type { RequestHandler } from '../../intercept/handler.ts'
import { KafkaResponse } from '../../intercept/kafka-response.ts'
import { madeFor } from '../../intercept/made-handler.ts'
import { kafka } from '../kafka.ts'
import {
  type AboutPartition,
  checkCount,
  checkOptions,
  partitionOf,
  topicOf,
  type Undoable,
  undoable,
} from './scenario.ts'

/** A scenario that is a handler, in use until it is undone: `cluster.calls(handler)` tells whether it has acted. */
export interface HandlerScenario extends Undoable {
  readonly handler: RequestHandler
}

/**
 * Has records be delivered twice to a group: the member that commits next is evicted right before its commit, which is refused
 * (UNKNOWN_MEMBER_ID). What was read since the commit before is read again, by whoever has the partition then.
 *
 * @param options `times`: how many commits. Default: 1. `topic`: only a commit in this topic
 * @throws RangeError for a topic that is not there. The group need not be there yet
 */
export function duplicateDelivery(
  cluster: KafkaCluster,
  options: { readonly group: string; readonly topic?: string; readonly times?: number },
): HandlerScenario {
  checkOptions('duplicateDelivery', options, ['group', 'topic', 'times'], ['group'])
  const { group, topic, times = 1 } = options
  checkCount('duplicateDelivery', 'times', times, 1)
  if (topic !== undefined) topicOf('duplicateDelivery', cluster, topic)
  const handler = kafka.offsetCommit(
    { group, ...(topic === undefined ? {} : { topic }) },
    async ({ request, passthrough }) => {
      const { members } = cluster.group(group)
      const member = members.find(({ memberId }) => memberId === request.memberId)
      if (member !== undefined) await cluster.group(group).evict(member)
      return passthrough()
    },
    // Who commits without being a member cannot be evicted.
    { times, when: ({ memberId }) => memberId !== '' },
  )
  return inUse(cluster, madeFor(duplicateDelivery, handler))
}

/**
 * Loses the acknowledgement of a Produce: the records are in the log, and the connection ends before the producer hears of it. It sends them again:
 * an idempotent producer's are there once, any other's twice.
 *
 * @param options `times`: how many acknowledgements. Default: 1. `partition`: default: any
 * @throws RangeError for a topic or a partition that is not there
 */
export function lostAcknowledgement(
  cluster: KafkaCluster,
  options: AboutPartition & { readonly times?: number },
): HandlerScenario {
  checkOptions('lostAcknowledgement', options, ['topic', 'partition', 'times'], ['topic'])
  const { topic, partition, times = 1 } = options
  checkCount('lostAcknowledgement', 'times', times, 1)
  partitionOf('lostAcknowledgement', cluster, options)
  const handler = kafka.produce(
    { topic, ...(partition === undefined ? {} : { partition }) },
    () => KafkaResponse.disconnect({ at: 'after' }),
    { times },
  )
  return inUse(cluster, madeFor(lostAcknowledgement, handler))
}

/** How a client is throttled. */
export interface FullQuotaOptions {
  /** Which quota is used up: that of bytes produced (the default), of bytes fetched, or of the time that any request takes. */
  readonly quota?: 'produce' | 'fetch' | 'requests'
  /** ms that each answer says; for so long the broker reads no more of the connection (KIP-219). Default: 1000. */
  readonly throttle?: number
  /** Whose: the whole of it, or a pattern that is found in it. Default: everybody's. */
  readonly clientId?: string | RegExp
  /** How many requests. Default: all, until it is undone. */
  readonly times?: number
}

/**
 * Has a client be over its quota: its requests are served, their answers tell `throttle_time_ms`, and the broker does not read its connection for as
 * long (KIP-219). No error is told.
 *
 * @throws RangeError for what is no number of ms, TypeError for what is no quota
 */
export function fullQuota(cluster: KafkaCluster, options: FullQuotaOptions = {}): HandlerScenario {
  checkOptions('fullQuota', options, ['quota', 'throttle', 'clientId', 'times'])
  const { quota = 'produce', throttle = 1000, clientId, times } = options
  const ms = checkCount('fullQuota', 'throttle', throttle, 1)
  const whose = clientId === undefined ? {} : { clientId }
  const often = times === undefined ? {} : { times: checkCount('fullQuota', 'times', times, 1) }
  const say = (): KafkaResponse => KafkaResponse.throttle(ms)
  switch (quota) {
    case 'produce':
      return inUse(cluster, madeFor(fullQuota, kafka.produce(whose, say, often)))
    case 'fetch':
      return inUse(cluster, madeFor(fullQuota, kafka.fetch(whose, say, often)))
    case 'requests':
      return inUse(cluster, madeFor(fullQuota, kafka.all(whose, say, often)))
    default:
      throw new TypeError(`fullQuota: quota is 'produce', 'fetch' or 'requests', not ${String(quota)}`)
  }
}

function inUse(cluster: KafkaCluster, handler: RequestHandler): HandlerScenario {
  return undoable(cluster.use(handler), { handler })
}
