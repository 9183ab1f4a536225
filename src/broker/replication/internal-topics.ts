/** Where groups and their offsets are kept. */
export const GROUP_METADATA_TOPIC = '__consumer_offsets'
/** Where transactions are kept. */
export const TRANSACTION_STATE_TOPIC = '__transaction_state'
/** Where share groups are kept. */
export const SHARE_GROUP_STATE_TOPIC = '__share_group_state'

const internalTopics: ReadonlySet<string> = new Set([
  GROUP_METADATA_TOPIC,
  TRANSACTION_STATE_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
])

/** Whether a topic is one of the broker's own: only coordinators append to it. */
export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name)
}
