import { inspect } from 'node:util'
import { patience } from '../../broker/clock.ts'
import { newClusterAdminFromClient, type TransactionClusterAdmin } from '../../client/admin/cluster-admin.ts'
import { type Client, newClient } from '../../client/client.ts'
import { type ConfigOptions, newConfig } from '../../client/config/config.ts'
import { ReadCommitted, ReadUncommitted } from '../../client/config/options.ts'
import { ConfigurationError } from '../../client/errors/client-errors.ts'
import { ErrUnsupportedVersion } from '../../client/errors/kafka-errors.ts'
import { addressOf } from '../../client/network/address.ts'
import type { PartitionOffsets } from '../test-cluster.ts'
import type { AskedWaits } from './asked-waits.ts'
import { LeaderlessError } from './passing.ts'
import type { Permission } from './permission.ts'

/** What every handle on a real cluster needs. */
export interface RealView {
  readonly client: Client
  readonly admin: TransactionClusterAdmin
  readonly waits: AskedWaits
  readonly permission: Permission
  /** A name for connections of one's own, which nobody else has. */
  purpose(): string
}

/** How this kit is known to brokers. */
const CLIENT_ID = 'memkafka-testing'

/** Whoever does not answer for so long, in ms, is taken not to be there. */
const DIAL_MS = 5000

/**
 * @throws RangeError for what is no address; Error when no Kafka is there
 */
export async function connect(
  bootstrap: readonly string[],
  options: ConfigOptions,
): Promise<{ readonly client: Client; readonly admin: TransactionClusterAdmin }> {
  const config = newConfig(
    {
      clientID: CLIENT_ID,
      clock: patience,
      net: { dialTimeout: DIAL_MS },
      // Looking at a topic does not make it, and what a test does not ask for is nobody's business.
      metadata: { full: false, allowAutoTopicCreation: false, refreshFrequency: 0 },
    },
    options,
  )
  const client = await newClient(bootstrap, config)
  try {
    return { client, admin: await newClusterAdminFromClient(client) }
  } catch (cause) {
    await client.close()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`no Kafka answers at ${bootstrap.join(', ')}: ${why}`, { cause })
  }
}

/**
 * Reads `host:port`, or several with commas between them, or a list.
 * @throws RangeError that says what is wanted
 */
export function addressesOf(where: string, bootstrap: unknown): readonly string[] {
  const list: readonly unknown[] = typeof bootstrap === 'string' ? bootstrap.split(',') : [bootstrap].flat()
  const addresses = list.map((one) => (typeof one === 'string' ? one.trim() : one))
  for (const address of addresses) checkAddress(where, address)
  if (addresses.length > 0) return addresses as readonly string[]
  throw new RangeError(`${where}: the address of a broker is wanted, as 127.0.0.1:9092, not ${inspect(bootstrap)}`)
}

function checkAddress(where: string, address: unknown): void {
  try {
    addressOf(address as string)
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause
    throw new RangeError(`${where}: the address of a broker is wanted, as 127.0.0.1:9092, not ${inspect(address)}`, {
      cause,
    })
  }
}

/** A partition as the cluster's metadata has it. */
export interface LedPartition {
  /** Of its topic (KIP-516): that of the next topic of the same name is another one. All zeros below Kafka 2.8. */
  readonly topicId: string
  readonly index: number
  /** -1: nobody leads it. */
  readonly leader: number
  readonly replicas: readonly number[]
}

/** What is said of a topic that is not there, and of one that never can be. */
const NOT_THERE: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'])

/**
 * The partitions of a topic, by index; undefined while it is not there.
 * @throws KafkaError that says why it is not told
 */
export async function partitionsOfTopic(
  { admin }: Pick<RealView, 'admin'>,
  topic: string,
): Promise<readonly LedPartition[] | undefined> {
  const [told] = await admin.describeTopics([topic])
  if (told?.err != null && NOT_THERE.has(told.err.error)) return undefined
  // While a new topic has no leaders yet, brokers say so of the topic as a whole.
  if (told?.err != null && told.err.error !== 'LEADER_NOT_AVAILABLE') throw told.err
  const { topicId = '' } = told ?? {}
  const partitions = (told?.partitions ?? []).map(({ id, leader, replicas }) => {
    return { topicId, index: id, leader, replicas }
  })
  return partitions.sort((one, other) => one.index - other.index)
}

/** @throws LeaderlessError for the first of these partitions that nobody leads */
export function checkLed(topic: string, partitions: readonly LedPartition[]): void {
  const one = partitions.find(({ leader }) => leader === -1)
  if (one !== undefined) throw new LeaderlessError(topic, one)
}

/** Where logs begin, end, and are decided, of a few partitions of one topic; asked of their leaders. @throws KafkaError */
export async function offsetsOf(
  { admin }: Pick<RealView, 'admin'>,
  topic: string,
  indices: readonly number[],
): Promise<ReadonlyMap<number, PartitionOffsets>> {
  if (indices.length === 0) return new Map()
  const ask = async (time: number, isolationLevel: typeof ReadCommitted): Promise<Map<number, number>> => {
    const times = new Map([[topic, new Map(indices.map((index) => [index, time]))]])
    const told = (await admin.listOffsets(times, { isolationLevel })).get(topic)
    return new Map(
      indices.map((index) => {
        const result = told?.get(index)
        if (result?.err != null) throw result.err
        return [index, result?.offset ?? -1]
      }),
    )
  }
  const [starts, ends, stable] = await Promise.all([
    ask(OLDEST, ReadUncommitted),
    ask(NEWEST, ReadUncommitted),
    ask(NEWEST, ReadCommitted),
  ])
  const of = (told: ReadonlyMap<number, number>, index: number): number => told.get(index) ?? 0
  return new Map(
    indices.map((index) => [index, { start: of(starts, index), end: of(ends, index), stable: of(stable, index) }]),
  )
}

const NEWEST = -1
const OLDEST = -2

/** Asks for something that not every release knows. @throws Error that says so */
export async function since<T>(where: string, release: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (!(cause instanceof ErrUnsupportedVersion)) throw cause
    throw new Error(`${where} takes Kafka ${release} or later, and this cluster is older: ${cause.message}`, { cause })
  }
}
