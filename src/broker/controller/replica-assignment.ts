import { KafkaError } from '../../protocol/errors.ts'
import type { CreatableTopic } from '../../protocol/messages/create-topics.ts'
import type { ControllerState } from './decision.ts'
import type { BrokerImage, MetadataImage } from './metadata-image.ts'
import { placeReplicas } from './replica-placer.ts'

/** The replicas of each partition of a new topic, placed by the controller. Throws INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR. */
export function placedReplicas(
  topic: CreatableTopic,
  { config, image, random, versions }: ControllerState,
): number[][] {
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  }
  if (topic.numPartitions < -1 || topic.numPartitions === 0) {
    throw new KafkaError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.')
  }
  const partitions = topic.numPartitions === -1 ? config.int('num.partitions') : topic.numPartitions
  const replicationFactor =
    topic.replicationFactor === -1 ? config.int('default.replication.factor') : topic.replicationFactor
  return spreadReplicas(partitions, replicationFactor, { image, random, versions })
}

/** Places so many partitions, each on so many brokers. Throws INVALID_REPLICATION_FACTOR. */
export function spreadReplicas(
  partitions: number,
  replicationFactor: number,
  { image, random, versions }: Pick<ControllerState, 'image' | 'random' | 'versions'>,
): number[][] {
  const unable = (reason: string): KafkaError =>
    new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      `Unable to replicate the partition ${replicationFactor} time(s): ${reason}`,
    )
  let placed: number[][]
  try {
    placed = placeReplicas(usableBrokers(image), partitions, replicationFactor, random, versions.cordoning)
  } catch (error) {
    throw error instanceof KafkaError ? unable(error.message) : error
  }
  if (placed.some((replicas) => !replicas.some((id) => image.isActive(id)))) {
    throw unable('All brokers are currently fenced or in controlled shutdown.')
  }
  return placed
}

/** Every broker but those that are about to stop. */
function usableBrokers(image: MetadataImage): BrokerImage[] {
  return [...image.brokers()].filter((broker) => broker.fenced || !broker.inControlledShutdown)
}

/** The replicas of each partition of a new topic, as the request assigns them. Throws INVALID_REQUEST, INVALID_REPLICA_ASSIGNMENT. */
export function assignedReplicas(topic: CreatableTopic, state: ControllerState): number[][] {
  if (topic.replicationFactor !== -1) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but replication factor was not set to -1.',
    )
  }
  if (topic.numPartitions !== -1) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    )
  }
  const assigned = new Map<number, number[]>()
  let replicationFactor: number | undefined
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (assigned.has(partitionIndex)) {
      throw invalidAssignment(`Found multiple manual partition assignments for partition ${partitionIndex}`)
    }
    checkAssignment(brokerIds, partitionIndex, replicationFactor, state)
    replicationFactor = brokerIds.length
    assigned.set(partitionIndex, brokerIds)
  }
  return Array.from({ length: assigned.size }, (_, index) => {
    const replicas = assigned.get(index)
    if (replicas === undefined) throw invalidAssignment('partitions should be a consecutive 0-based integer sequence')
    return replicas
  })
}

/**
 * Checks the brokers that a partition is assigned to, one of which has to be active. Throws INVALID_REPLICA_ASSIGNMENT.
 *
 * @param replicationFactor how many there have to be; undefined: any number.
 */
export function checkAssignment(
  brokerIds: readonly number[],
  partitionIndex: number,
  replicationFactor: number | undefined,
  state: ControllerState,
): void {
  checkManualAssignment(brokerIds, replicationFactor, state)
  if (!brokerIds.some((id) => state.image.isActive(id))) {
    throw invalidAssignment(
      `All brokers specified in the manual partition assignment for partition ${partitionIndex} are fenced or in controlled shutdown.`,
    )
  }
}

/** Kafka's `validateManualPartitionAssignment`. Throws INVALID_REPLICA_ASSIGNMENT. */
export function checkManualAssignment(
  brokerIds: readonly number[],
  replicationFactor: number | undefined,
  { image }: ControllerState,
): void {
  if (brokerIds.length === 0) throw invalidAssignment('The manual partition assignment includes an empty replica list.')
  let previous: number | undefined
  for (const id of brokerIds.toSorted((a, b) => a - b)) {
    if (image.broker(id) === undefined) {
      throw invalidAssignment(
        `The manual partition assignment includes broker ${id}, but no such broker is registered.`,
      )
    }
    if (id === previous) {
      throw invalidAssignment(`The manual partition assignment includes the broker ${id} more than once.`)
    }
    previous = id
  }
  if (replicationFactor !== undefined && brokerIds.length !== replicationFactor) {
    throw invalidAssignment(
      `The manual partition assignment includes a partition with ${brokerIds.length} replica(s), but this is not ` +
        `consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    )
  }
}

export function invalidAssignment(message: string): KafkaError {
  return new KafkaError('INVALID_REPLICA_ASSIGNMENT', message)
}
