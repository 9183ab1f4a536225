import type { ControllerState } from './decision.ts'
import { defaultDirectory, hasOnlineDirectory, replicaDirectories } from './directories.ts'
import type { MetadataRecord } from './metadata-record.ts'
import type { PartitionImage, TopicImage } from './metadata-types.ts'
import { changePartition, type Election, type PartitionRules, type PartitionWish } from './partition-change.ts'

/** The feature of eligible leader replicas, KIP-966. */
export const ELIGIBLE_LEADER_REPLICAS = 'eligible.leader.replicas.version'

/** Whether there are eligible leader replicas, KIP-966. */
export function hasEligibleLeaders({ image }: ControllerState): boolean {
  return (image.features().get(ELIGIBLE_LEADER_REPLICAS) ?? 0) > 0
}

/** The record that makes a partition what it is to be, under what holds of the cluster; undefined when nothing changes. */
export function decidePartition(
  topic: TopicImage,
  partition: PartitionImage,
  wish: PartitionWish,
  state: ControllerState,
  isActive?: (nodeId: number) => boolean,
): MetadataRecord | undefined {
  return changePartition(topic.id, partition, wish, partitionRules(topic, partition, state, isActive))
}

/** The `metadata.version` that came with Kafka 4.3: who does not support it is of an older release. */
const FIRST_OF_4_3 = 30

function supportedMetadataVersion({ features }: ControllerState): number {
  return features.find(({ name }) => name === 'metadata.version')?.max ?? 0
}

/** How a leader is found where nobody asks for an election: `unclean` where `unclean.leader.election.enable` is set for the topic. */
export function electionOf(topic: TopicImage, state: ControllerState): Election {
  return topicConfig(topic, 'unclean.leader.election.enable', state).toLowerCase() === 'true' ? 'unclean' : 'online'
}

/** What a topic's config comes to, as text. The others are not read: elections come in large numbers. */
function topicConfig({ name: topic }: TopicImage, name: string, { config, image }: ControllerState): string {
  return (image.topicConfigs(topic).get(name) ?? String(config.topicDefault(name))).trim()
}

/** @param isActive which brokers may lead; default: those that are neither fenced nor about to stop. */
function partitionRules(
  topic: TopicImage,
  partition: PartitionImage,
  state: ControllerState,
  isActive: (nodeId: number) => boolean = (nodeId) => state.image.isActive(nodeId),
): PartitionRules {
  const { image, versions } = state
  const directories = replicaDirectories(partition)
  const minInSyncReplicas = Number(topicConfig(topic, 'min.insync.replicas', state))
  return {
    recordVersion: versions.partition,
    directories: versions.directories,
    newEpochOnShrink: versions.newEpochOnShrink,
    reassignmentsWaitForAll: supportedMetadataVersion(state) < FIRST_OF_4_3,
    elr: hasEligibleLeaders(state),
    minIsr: Math.min(minInSyncReplicas, topic.partitions[0]?.replicas.length ?? minInSyncReplicas),
    mayLead: (nodeId) => {
      const broker = image.broker(nodeId)
      const directory = directories.get(nodeId)
      if (broker === undefined || !isActive(nodeId)) return false
      return directory === undefined || hasOnlineDirectory(broker, directory)
    },
    defaultDirectory: (nodeId) => (versions.directories ? defaultDirectory(image.broker(nodeId)) : ''),
  }
}
