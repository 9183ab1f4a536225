import type { Events } from '../events.ts'
import type { MetadataChange } from './metadata-image.ts'

/** Tells whoever listens to a cluster's events what records of the metadata log have changed. */
export function tellOf(change: MetadataChange, events: Events): void {
  const { createdTopics, deletedTopics, changedPartitions } = change
  for (const { name, id: topicId } of deletedTopics) events.emit('topic:delete', () => ({ name, topicId }))
  for (const { name, id: topicId, partitions } of createdTopics) {
    events.emit('topic:create', () => ({ name, topicId, partitions: partitions.length }))
  }
  for (const nodeId of change.fencedBrokers) events.emit('broker:fence', () => ({ nodeId }))
  for (const nodeId of change.unfencedBrokers) events.emit('broker:unfence', () => ({ nodeId }))
  for (const { topic, before, after } of changedPartitions) {
    if (before === undefined) continue
    const { index: partition, leader, leaderEpoch, isr } = after
    if (before.leaderEpoch !== leaderEpoch) {
      events.emit('partition:leader', () => ({ topic: topic.name, partition, leader, leaderEpoch }))
    }
    if (before.isr !== isr) events.emit('partition:isr', () => ({ topic: topic.name, partition, isr }))
  }
}
