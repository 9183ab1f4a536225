import type { KafkaCluster } from '../../broker/cluster.ts'
import type { EndpointHandle, NetworkEnd } from '../../broker/handles/brokers/network-handle.ts'
import { handlerOf } from './check-schedule.ts'
import type { FaultSchedule, FaultStep } from './schedule.ts'
import type { Story } from './simulate.ts'

/**
 * The story that a schedule tells: the same calls that {@link printed} writes down.
 * @param without gets the places of the steps that nothing came of: a rebalance of a group without members, an election of who may not lead
 */
export function storyOf({ steps, rest }: FaultSchedule, without: Set<number> = new Set()): Story {
  return async (cluster) => {
    for (const [i, step] of steps.entries()) {
      if (step.after > 0) await cluster.clock.advance(step.after)
      // Not waited for: a broker that stands still has a group's change wait, and whatever is to come would never come.
      perform(cluster, step).catch(() => without.add(i))
    }
    if (rest > 0) await cluster.clock.advance(rest)
  }
}

async function perform(cluster: KafkaCluster, step: FaultStep): Promise<void> {
  const { network } = cluster
  switch (step.do) {
    case 'kill':
      return cluster.broker(step.broker).kill()
    case 'stop':
      return cluster.broker(step.broker).stop()
    case 'start':
      return cluster.broker(step.broker).start()
    case 'pause':
      return cluster.broker(step.broker).pause()
    case 'resume':
      return cluster.broker(step.broker).resume()
    case 'split': {
      const [one, other] = sidesOf(cluster, step)
      return network.split(one, other)
    }
    case 'heal':
      return network.heal()
    case 'link': {
      const { delay, drop } = step
      const conditions = { ...(delay === undefined ? {} : { delay }), ...(drop === undefined ? {} : { drop }) }
      return network.link(cluster.broker(step.broker), endOf(cluster, step.to)).set(conditions)
    }
    case 'elect':
      return cluster.partition(step.topic, step.partition).elect(cluster.broker(step.broker))
    case 'moveCoordinator':
      return cluster.group(step.group).moveCoordinator(cluster.broker(step.broker))
    case 'rebalance':
      return cluster.group(step.group).rebalance()
    case 'evict': {
      const group = cluster.group(step.group)
      const { members } = group
      const member = members[step.member % members.length]
      if (member === undefined) throw new Error(`the group ${step.group} has no members`)
      return group.evict(member)
    }
    case 'use':
      cluster.use(handlerOf('use', step.handler))
      return
    case 'resetHandlers':
      cluster.resetHandlers()
  }
}

function sidesOf(
  { brokers, network }: KafkaCluster,
  step: Extract<FaultStep, { do: 'split' }>,
): [NetworkEnd[], NetworkEnd[]] {
  const one: NetworkEnd[] = brokers.filter(({ nodeId }) => step.brokers.includes(nodeId))
  const other: NetworkEnd[] = brokers.filter(({ nodeId }) => !step.brokers.includes(nodeId))
  if (step.clients === true) one.push(network.clients)
  if (step.clients === false) other.push(network.clients)
  return [one, other]
}

function endOf(cluster: KafkaCluster, to: number | 'controller' | 'clients'): NetworkEnd {
  if (typeof to === 'number') return cluster.broker(to)
  const end: EndpointHandle = to === 'controller' ? cluster.controller : cluster.network.clients
  return end
}
