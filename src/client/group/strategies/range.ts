import { newPlan, subscribersByTopic } from './plan.ts'
import { type BalanceStrategy, RangeBalanceStrategyName } from './strategy.ts'

/**
 * Gives each member one run of each topic's partitions, the members in the order of their ids; the first of them get one more where the
 * partitions do not divide. Equal to Sarama's, and to Kafka's RangeAssignor where no member names a rack or an instance id.
 */
export function newBalanceStrategyRange(): BalanceStrategy {
  return {
    name: RangeBalanceStrategyName,
    rebalanceProtocol: 'eager',
    plan(members, topics) {
      const plan = newPlan()
      for (const [topic, subscribers] of subscribersByTopic(members)) {
        const partitions = topics.get(topic) ?? []
        const each = Math.floor(partitions.length / subscribers.length)
        const more = partitions.length % subscribers.length
        let from = 0
        for (const [i, member] of subscribers.entries()) {
          const to = from + each + (i < more ? 1 : 0)
          plan.add(member, topic, partitions.slice(from, to))
          from = to
        }
      }
      return plan.map
    },
  }
}
