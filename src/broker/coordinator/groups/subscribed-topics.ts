import { decodeForward } from '../../../protocol/log-record.ts'
import { ProtocolError } from '../../../protocol/message.ts'
import { ConsumerProtocolSubscription } from '../../../protocol/messages/data/consumer-protocol-subscription.ts'

/** The protocol type of groups of consumers; others (Kafka Connect's, a schema registry's) keep their metadata to themselves. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer'

/** The topics that consumers subscribe to, by what they tell of themselves; null when it cannot be read. */
export function subscribedTopics(subscriptions: Iterable<Buffer>): ReadonlySet<string> | null {
  const all = new Set<string>()
  try {
    for (const subscription of subscriptions) {
      for (const topic of decodeForward(ConsumerProtocolSubscription, subscription).value.topics) all.add(topic)
    }
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
  return all
}
