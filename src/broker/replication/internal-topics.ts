const internalTopics: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])

/** Whether a topic is one of the broker's own: only coordinators append to it. */
export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name)
}
