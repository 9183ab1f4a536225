/** What members of a group tell each other through its coordinator: Kafka's consumer protocol, versions 0 to 3. */
import { ConsumerProtocolAssignment } from '../../protocol/messages/data/consumer-protocol-assignment.ts'
import {
  ConsumerProtocolSubscription,
  type TopicPartition,
} from '../../protocol/messages/data/consumer-protocol-subscription.ts'
import { isAtLeast, V2_4_0_0, V3_2_0_0, V3_5_0_0 } from '../config/versions.ts'
import type { ConsumerGroupMember } from './strategies/strategy.ts'

/** The group protocol's type, as JoinGroup names it. */
export const CONSUMER_PROTOCOL = 'consumer'

/** Partitions by topic, sorted. */
export type Assignment = ReadonlyMap<string, readonly number[]>

/** What a member tells the leader about itself. */
export type Subscription = Omit<ConsumerGroupMember, 'groupInstanceId'>

/** The version number that comes before the message. */
const VERSION_BYTES = 2

/** Assignments are the same in every version. */
const ASSIGNMENT_VERSION = 0

/**
 * The version in which a member of that release subscribes: 1 tells what it owns (KIP-429), 2 its generation (KIP-792), 3 its rack (KIP-881). It follows from the
 * release alone, so that members know what others own while a group moves from one strategy to another.
 */
export function subscriptionVersion(release: string): number {
  if (isAtLeast(release, V3_5_0_0)) return 3
  if (isAtLeast(release, V3_2_0_0)) return 2
  return isAtLeast(release, V2_4_0_0) ? 1 : 0
}

export function encodeSubscription(subscription: Subscription, version: number): Buffer {
  const { topics, userData, ownedPartitions, generationId, rackId } = subscription
  const owned = Object.entries(ownedPartitions).map(([topic, partitions]) => ({
    topic,
    partitions: ascending(partitions),
  }))
  const body = ConsumerProtocolSubscription.encode(
    {
      topics: [...topics].sort(),
      userData: bytesOf(userData),
      ownedPartitions: owned.sort((one, other) => (one.topic < other.topic ? -1 : 1)),
      generationId,
      rackId,
    },
    version,
  )
  return withVersion(version, body)
}

/**
 * Reads the subscription of any member. A version that is not known yet is read as the newest that is. Some clients say version 1 and send no more than
 * version 0 has; they own nothing then.
 * @throws ProtocolError for what is no subscription
 */
export function decodeSubscription(bytes: Buffer): Subscription {
  const { topics, userData, ownedPartitions, generationId, rackId } = readSubscription(bytes)
  return {
    topics: [...new Set(topics)].sort(),
    userData,
    ownedPartitions: Object.fromEntries(byTopic(ownedPartitions)),
    generationId,
    rackId,
  }
}

export function encodeAssignment(assigned: Assignment, userData: Uint8Array | null): Buffer {
  const assignedPartitions = [...assigned].map(([topic, partitions]) => ({ topic, partitions: ascending(partitions) }))
  return withVersion(
    ASSIGNMENT_VERSION,
    ConsumerProtocolAssignment.encode({ assignedPartitions, userData: bytesOf(userData) }, ASSIGNMENT_VERSION),
  )
}

/**
 * Reads what the leader has assigned to a member; no bytes at all assign nothing.
 * @throws ProtocolError for what is no assignment
 */
export function decodeAssignment(bytes: Buffer): { readonly assigned: Assignment; readonly userData: Buffer | null } {
  if (bytes.length === 0) return { assigned: new Map(), userData: null }
  const { max } = ConsumerProtocolAssignment.versions
  const { assignedPartitions, userData } = ConsumerProtocolAssignment.decode(
    bytes,
    Math.min(versionOf(bytes), max),
    VERSION_BYTES,
    'ignore',
  )
  return { assigned: byTopic(assignedPartitions), userData }
}

function readSubscription(bytes: Buffer): ConsumerProtocolSubscription {
  const { max } = ConsumerProtocolSubscription.versions
  const version = Math.min(versionOf(bytes), max)
  const read = (as: number): ConsumerProtocolSubscription =>
    ConsumerProtocolSubscription.decode(bytes, as, VERSION_BYTES, 'ignore')
  if (version < 1) return read(version)
  const { value, end } = ConsumerProtocolSubscription.decodePart(bytes, 0, VERSION_BYTES)
  return end === bytes.length ? value : read(version)
}

function byTopic(list: readonly TopicPartition[]): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  for (const { topic, partitions } of list) {
    topics.set(topic, ascending([...new Set([...(topics.get(topic) ?? []), ...partitions])]))
  }
  return topics
}

function versionOf(bytes: Buffer): number {
  return bytes.length < VERSION_BYTES ? 0 : Math.max(0, bytes.readInt16BE(0))
}

function withVersion(version: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(VERSION_BYTES + body.length)
  bytes.writeInt16BE(version, 0)
  body.copy(bytes, VERSION_BYTES)
  return bytes
}

function ascending(partitions: readonly number[]): number[] {
  return [...partitions].sort((one, other) => one - other)
}

function bytesOf(data: Uint8Array | null): Buffer | null {
  return data === null ? null : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}
