import type fc from 'fast-check'
import { nodeIdsOf } from './check-schedule.ts'
import type { ExploredCluster, FaultSchedule, FaultStep } from './schedule.ts'

/**
 * The same schedule on clusters that are a little smaller, as their arbitrary makes them so; none on which it would not make sense any more: a broker, a
 * topic or a partition that it names is not there.
 * @param shapes the arbitrary that has made the schedule's cluster, and how
 */
export function* smallerClusters(
  schedule: FaultSchedule,
  shapes: fc.Arbitrary<ExploredCluster>,
  made: unknown,
): Generator<{ readonly schedule: FaultSchedule; readonly made: unknown }> {
  const { cluster, steps } = schedule
  if (made === undefined && !shapes.canShrinkWithoutContext(cluster)) return
  const same = JSON.stringify(cluster)
  for (const { value, context } of shapes.shrink(cluster, made)) {
    const isOther = JSON.stringify(value) !== same
    if (isOther && steps.every((step) => makesSense(step, value, cluster))) {
      yield { schedule: { ...schedule, cluster: value }, made: context }
    }
  }
}

function makesSense(step: FaultStep, cluster: ExploredCluster, before: ExploredCluster): boolean {
  const nodeIds = nodeIdsOf(cluster)
  const isThere = (end: number | string): boolean => typeof end !== 'number' || nodeIds.includes(end)
  if ('broker' in step && !isThere(step.broker)) return false
  switch (step.do) {
    case 'split':
      // Somebody is on the other side.
      return step.brokers.every(isThere) && step.brokers.length < nodeIds.length
    case 'link':
      return isThere(step.to)
    case 'elect': {
      const topic = cluster.topics?.[step.topic]
      return topic !== undefined && step.partition < (topic.partitions ?? 1)
    }
    case 'use': {
      const { topic } = step.handler
      // It may be one that is made meanwhile.
      return topic === undefined || hasTopic(cluster, topic) || !hasTopic(before, topic)
    }
    default:
      return true
  }
}

function hasTopic({ topics = {} }: ExploredCluster, name: string): boolean {
  return Object.hasOwn(topics, name)
}
