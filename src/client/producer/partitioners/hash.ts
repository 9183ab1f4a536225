import { murmur2 } from '../../../protocol/murmur2.ts'
import { crc32 } from '../../../protocol/records/crc32.ts'
import type { Random } from '../../time.ts'
import type { ProducerMessage } from '../producer-message.ts'
import { fnv1a, type Hash32 } from './hashes.ts'
import { hashOfKey } from './key-hash.ts'
import type { Partitioner, PartitionerConstructor } from './partitioner.ts'
import { newRandomPartitioner } from './random.ts'

/** Makes a partition of a hash. */
type Placement = (hash: number, numPartitions: number) => number

/** The remainder of the hash as a signed number, without its sign: what Sarama began with. */
const absoluteRemainder: Placement = (hash, numPartitions) => Math.abs((hash | 0) % numPartitions)

/** The remainder of the hash without its highest bit: as Kafka's Java client makes numbers positive. */
const positiveRemainder: Placement = (hash, numPartitions) => (hash & 0x7fffffff) % numPartitions

/** The remainder of the hash as an unsigned number: as librdkafka does. */
const unsignedRemainder: Placement = (hash, numPartitions) => (hash >>> 0) % numPartitions

/** What a hash partitioner is made of. */
interface HashPartitionerParts {
  hash: Hash32
  absFirst: boolean
  hashUnsigned: boolean
  /** Of messages without a key; undefined: a random one. */
  fallback: Partitioner | undefined
}

/** Changes one part of what {@link newCustomPartitioner} makes. */
export type HashPartitionerOption = (parts: HashPartitionerParts) => void

/** Messages with equal keys go to the same partition, as long as there are as many; those without a key go where the fallback says. */
class HashPartitioner implements Partitioner {
  private readonly hash: Hash32
  private readonly place: Placement
  private readonly fallback: Partitioner

  constructor({ hash, absFirst, hashUnsigned, fallback }: HashPartitionerParts, topic: string, random: Random) {
    this.hash = hash
    this.place = absFirst ? positiveRemainder : hashUnsigned ? unsignedRemainder : absoluteRemainder
    this.fallback = fallback ?? newRandomPartitioner(topic, random)
  }

  partition(message: ProducerMessage, numPartitions: number): number {
    const { key } = message
    if (key === undefined || key === null) return this.fallback.partition(message, numPartitions)
    return this.place(hashOfKey(key, this.hash), numPartitions)
  }

  requiresConsistency({ key }: ProducerMessage): boolean {
    return key !== undefined && key !== null
  }
}

/** Takes a hash's absolute value as Kafka's Java client does (Sarama's WithAbsFirst); it decides over {@link withHashUnsigned}. */
export function withAbsFirst(): HashPartitionerOption {
  return (parts) => {
    parts.absFirst = true
  }
}

/** Takes a hash for an unsigned number, as librdkafka does (Sarama's WithHashUnsigned). */
export function withHashUnsigned(): HashPartitionerOption {
  return (parts) => {
    parts.hashUnsigned = true
  }
}

/** Hashes keys in another way (Sarama's WithCustomHashFunction). */
export function withCustomHashFunction(hash: Hash32): HashPartitionerOption {
  return (parts) => {
    parts.hash = hash
  }
}

/** Says where messages without a key go (Sarama's WithCustomFallbackPartitioner). One partitioner serves all topics. */
export function withCustomFallbackPartitioner(fallback: Partitioner): HashPartitionerOption {
  return (parts) => {
    parts.fallback = fallback
  }
}

/** {@link newHashPartitioner} with some parts changed. */
export function newCustomPartitioner(...options: HashPartitionerOption[]): PartitionerConstructor {
  return (topic, random) => {
    const parts: HashPartitionerParts = { hash: fnv1a, absFirst: false, hashUnsigned: false, fallback: undefined }
    for (const option of options) option(parts)
    return new HashPartitioner(parts, topic, random)
  }
}

/** {@link newHashPartitioner} with another hash. */
export function newCustomHashPartitioner(hash: Hash32): PartitionerConstructor {
  return newCustomPartitioner(withCustomHashFunction(hash))
}

/** By the FNV-1a hash of the key, as Sarama's own; without a key a random one. The default. */
export const newHashPartitioner: PartitionerConstructor = newCustomPartitioner()

/** By the same hash, its absolute value taken as Kafka's Java client does: other partitions than {@link newHashPartitioner} for some keys. */
export const newReferenceHashPartitioner: PartitionerConstructor = newCustomPartitioner(withAbsFirst())

/** By the CRC-32 of the key: where librdkafka's `consistent_random` puts it. */
export const newConsistentCRCHashPartitioner: PartitionerConstructor = newCustomPartitioner(
  withCustomHashFunction((bytes) => crc32(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))),
  withHashUnsigned(),
)

/** By the murmur2 hash of the key: where Kafka's Java client puts it. Without a key a random one. */
export const newMurmur2Partitioner: PartitionerConstructor = newCustomPartitioner(
  withCustomHashFunction(murmur2),
  withAbsFirst(),
)
