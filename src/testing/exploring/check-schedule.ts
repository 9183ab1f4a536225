import { inspect } from 'node:util'
import type { BrokerHandle } from '../../broker/handles/brokers/broker-handle.ts'
import type { RequestHandler } from '../../intercept/handler.ts'
import { KafkaResponse } from '../../intercept/kafka-response.ts'
import type { Resolver } from '../../intercept/made-handler.ts'
import { checkNames } from '../../intercept/nearest.ts'
import { kafka } from '../kafka.ts'
import { checkWhole } from './check.ts'
import type { FaultHandler, FaultSchedule, FaultStep } from './schedule.ts'

const FIELDS: Readonly<Record<FaultStep['do'], readonly string[]>> = {
  kill: ['broker'],
  stop: ['broker'],
  start: ['broker'],
  pause: ['broker'],
  resume: ['broker'],
  split: ['brokers', 'clients'],
  heal: [],
  link: ['broker', 'to', 'delay', 'drop'],
  elect: ['topic', 'partition', 'broker'],
  moveCoordinator: ['group', 'broker'],
  rebalance: ['group'],
  evict: ['group', 'member'],
  use: ['handler'],
  resetHandlers: [],
}

/** The brokers of a cluster that is started so, by node id. */
export function nodeIdsOf({ brokers = 1 }: FaultSchedule['cluster']): readonly number[] {
  return typeof brokers === 'number'
    ? Array.from({ length: brokers }, (_, i) => i + 1)
    : brokers.map(({ nodeId }) => nodeId)
}

/** @throws TypeError and RangeError for a schedule that cannot be: one that names a broker that is not there, for instance */
export function checkSchedule(schedule: FaultSchedule): void {
  checkNames('a schedule', schedule, ['cluster', 'seed', 'order', 'steps', 'rest'])
  const { cluster, seed, order, steps, rest } = schedule
  checkWhole('a schedule: seed', seed, Number.MIN_SAFE_INTEGER)
  checkWhole('a schedule: order', order, 0)
  checkWhole('a schedule: rest', rest, 0)
  if (typeof cluster !== 'object' || cluster === null) {
    throw new TypeError(`a schedule: cluster: what KafkaCluster.start takes is wanted, not ${inspect(cluster)}`)
  }
  if (!Array.isArray(steps)) throw new TypeError(`a schedule: steps are a list, not ${inspect(steps, { depth: 0 })}`)
  const nodeIds = nodeIdsOf(cluster)
  steps.forEach((step: FaultStep, i) => {
    checkStep(`step ${i + 1} of the schedule`, step, nodeIds, cluster)
  })
}

function checkStep(
  where: string,
  step: FaultStep,
  nodeIds: readonly number[],
  { topics = {} }: FaultSchedule['cluster'],
): void {
  const kind: unknown = step?.do
  const fields = typeof kind === 'string' && Object.hasOwn(FIELDS, kind) ? FIELDS[kind as FaultStep['do']] : undefined
  if (fields === undefined) {
    throw new TypeError(`${where}: there is no ${inspect(kind)} to do; there are ${Object.keys(FIELDS).join(', ')}`)
  }
  checkNames(where, step, ['after', 'do', ...fields])
  checkWhole(`${where}: after`, step.after, 0)
  const named = [
    ...('broker' in step ? [step.broker] : []),
    ...('brokers' in step ? step.brokers : []),
    ...(step.do === 'link' && typeof step.to === 'number' ? [step.to] : []),
  ]
  for (const one of named) {
    if (!nodeIds.includes(one)) {
      throw new RangeError(`${where} (${step.do}): there is no broker ${inspect(one)}; there are ${nodeIds.join(', ')}`)
    }
  }
  switch (step.do) {
    case 'link':
      if (step.to === step.broker)
        throw new RangeError(`${where}: a link is between two ends, not ${step.to} and itself`)
      if (typeof step.to === 'string' && !['controller', 'clients'].includes(step.to)) {
        throw new RangeError(`${where}: a link leads to a broker, 'controller' or 'clients', not ${inspect(step.to)}`)
      }
      checkWhole(`${where}: delay`, step.delay ?? 0, 0)
      if (!((step.drop ?? 0) >= 0 && (step.drop ?? 0) <= 1)) {
        throw new RangeError(`${where}: drop is from 0 to 1, not ${inspect(step.drop)}`)
      }
      break
    case 'elect': {
      checkWhole(`${where}: partition`, step.partition, 0)
      if (!Object.hasOwn(topics, step.topic)) {
        throw new RangeError(
          `${where} (elect): there is no topic ${inspect(step.topic)}; there are ${Object.keys(topics).join(', ')}`,
        )
      }
      break
    }
    case 'evict':
      checkWhole(`${where}: member`, step.member, 0)
      break
    case 'use':
      handlerOf(where, step.handler)
  }
  if ('group' in step && typeof step.group !== 'string') {
    throw new TypeError(`${where}: a group is named by its id, not by ${inspect(step.group)}`)
  }
}

/** The handler that is meant. @throws TypeError and RangeError for what cannot be one */
export function handlerOf(where: string, handler: FaultHandler): RequestHandler {
  checkNames(where, handler, ['api', 'topic', 'group', 'answer', 'times', 'skip'])
  const { api, topic, group, answer, times = 1, skip = 0 } = handler
  checkNames(`${where}: answer`, answer, ['error', 'disconnect', 'drop', 'delay'])
  checkWhole(`${where}: times`, times, 1)
  checkWhole(`${where}: skip`, skip, 0)
  const about = { ...(topic === undefined ? {} : { topic }), ...(group === undefined ? {} : { group }) }
  const word = Object.hasOwn(kafka, api) ? kafka[api] : undefined
  if (word === undefined) throw new TypeError(`${where}: there is no kafka.${String(api)}`)
  // Every word takes these.
  return (word as typeof kafka.all)(about, resolverOf(answer), { times, skip })
}

function resolverOf(answer: FaultHandler['answer']): Resolver<object, object, BrokerHandle> {
  if ('error' in answer) {
    const response = KafkaResponse.error(answer.error as Parameters<typeof KafkaResponse.error>[0])
    return () => response
  }
  if ('delay' in answer) {
    return async ({ delay, passthrough }) => {
      await delay(answer.delay)
      return passthrough()
    }
  }
  if ('drop' in answer) return () => KafkaResponse.drop({ at: answer.drop })
  return () => KafkaResponse.disconnect({ at: answer.disconnect })
}
