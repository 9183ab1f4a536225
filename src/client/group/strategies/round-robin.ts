import { compareGoStrings } from './order.ts'
import { newPlan } from './plan.ts'
import { type BalanceStrategy, RoundRobinBalanceStrategyName } from './strategy.ts'

/**
 * Deals the partitions of all topics to the members in turn, the members in the order of their ids, each partition to the next one that
 * subscribes to its topic. Equal to Sarama's, which orders partitions by the text `topic-partition`, 10 before 2; Kafka's
 * RoundRobinAssignor deals them by number.
 */
export function newBalanceStrategyRoundRobin(): BalanceStrategy {
  return {
    name: RoundRobinBalanceStrategyName,
    rebalanceProtocol: 'eager',
    plan(members, topics) {
      const plan = newPlan()
      const ids = [...members.keys()].sort(compareGoStrings)
      const subscribed = ids.map((id) => new Set(members.get(id)?.topics))
      const partitions = [...topics].flatMap(([topic, numbers]) =>
        numbers.map((partition) => ({ topic, partition, text: `${topic}-${partition}` })),
      )
      partitions.sort((a, b) => compareGoStrings(a.text, b.text))
      let turn = 0
      for (const { topic, partition } of partitions) {
        for (let asked = 0; asked < ids.length; asked++) {
          const at = turn++ % ids.length
          if (!subscribed[at]?.has(topic)) continue
          plan.add(ids[at] as string, topic, [partition])
          break
        }
      }
      return plan.map
    },
  }
}
