/** Whole frames to begin with: every API in every version, with arbitrary contents and with contents that mean something. */
import fc from 'fast-check'
import { handlersByKey } from '../../src/broker/apis/handlers.ts'
import type { Random } from '../../src/broker/random.ts'
import { apis } from '../../src/protocol/apis.ts'
import { encodeRequest } from '../../src/protocol/frame.ts'
import type { AnyApi, Field, Fields } from '../../src/protocol/message.ts'
import { DeleteTopics } from '../../src/protocol/messages/delete-topics.ts'
import { UnregisterBroker } from '../../src/protocol/messages/unregister-broker.ts'
import { hasVersion } from '../../src/protocol/schema.ts'
import { ZERO_UUID } from '../../src/protocol/uuid.ts'
import { arbitraryMessage } from '../protocol/arbitraries.ts'
import { pick } from './pick.ts'

/** What of a cluster the frames speak of. */
export interface Facts {
  readonly topics: readonly string[]
  readonly topicIds: readonly string[]
  readonly groups: readonly string[]
  readonly brokers: readonly number[]
  readonly batches: readonly Buffer[]
}

/** Frames of an API that is served, and of those that are not. */
export interface Seeds {
  readonly served: readonly Buffer[]
  readonly others: readonly Buffer[]
}

/** A broker that there is in no cluster. */
const NOBODY = 4242

const ARBITRARY = 2
const MEANINGFUL = 6

export function makeSeeds(seed: number, random: Random, facts: Facts): Seeds {
  const served: Buffer[] = []
  const others: Buffer[] = []
  for (const api of apis.values()) {
    const isServed = handlersByKey.has(api.key)
    for (let version = api.versions.min; version <= api.versions.max; version++) {
      const setting = { version, random, facts: targetsOf(api, facts) }
      const numRuns = isServed ? ARBITRARY + MEANINGFUL : 1
      const bodies = fc.sample(arbitraryMessage(api.request, version), { seed, numRuns })
      bodies.forEach((body, index) => {
        const meaning = index < ARBITRARY ? body : withMeaning(api.request.fields, body, setting)
        ;(isServed ? served : others).push(frameOf(api, version, meaning as object, random))
      })
    }
  }
  return { served, others }
}

/** What an API is thrown at. What is deleted all the time is no target for anything else, and the brokers have to stay. */
function targetsOf(api: AnyApi, facts: Facts): Facts {
  if (api.key === DeleteTopics.key) return { ...facts, topics: ['fuzzed-new'], topicIds: [ZERO_UUID] }
  return api.key === UnregisterBroker.key ? { ...facts, brokers: [NOBODY] } : facts
}

export function frameOf(api: AnyApi, version: number, body: object, random: Random): Buffer {
  const clientId = pick(random, ['fuzz', '', null])
  return Buffer.concat(encodeRequest(api, version, { correlationId: random.below(1000), clientId }, body))
}

/** Values that mean something to a broker, by the names of Kafka's fields. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  partition: [0, 1, 2],
  partitionIndex: [0, 1, 2],
  index: [0, 1, 2],
  acks: [-1, 1, 0],
  replicaId: [-1],
  maxBytes: [0, 100, 1 << 20],
  partitionMaxBytes: [0, 100, 1 << 20],
  minBytes: [0, 1, 100],
  isolationLevel: [0, 1],
  sessionId: [0, 1],
  sessionEpoch: [-1, 0, 1],
  fetchOffset: [0, 1, 5],
  committedOffset: [0, 1, 5],
  offset: [-1, 0, 1, 3],
  timestamp: [-1, -2, -3, -4, 0],
  currentLeaderEpoch: [-1, 0],
  leaderEpoch: [-1, 0],
  generationId: [-1, 0, 1, 2],
  generationIdOrMemberEpoch: [-1, 0, 1, 2],
  memberId: ['', 'fuzz-member'],
  groupInstanceId: [null, 'fuzz-instance'],
  protocolType: ['consumer'],
  protocolName: ['range'],
  // Of a group's protocol: topics and configs have names of their own.
  name: ['range'],
  sessionTimeoutMs: [6000, 10_000],
  numPartitions: [1, 3, -1],
  replicationFactor: [1, -1],
  count: [3, 4, 7],
  producerId: [-1, 0, 1],
  producerEpoch: [-1, 0],
  keyType: [0, 1],
  resourceType: [2, 4, 8],
  configOperation: [0, 1, 2, 3],
  validateOnly: [false, true],
}

/** Config values, good and bad, for topics alone: a broker's would be every client's. */
const CONFIGS: readonly (readonly [name: string, value: string])[] = [
  ['retention.ms', '1000'],
  ['retention.bytes', '4000'],
  ['segment.bytes', '2000'],
  ['cleanup.policy', 'compact'],
  ['cleanup.policy', 'delete'],
  ['max.message.bytes', '1000'],
  ['message.timestamp.type', 'LogAppendTime'],
  ['retention.ms', 'never'],
]

/** What it takes to give a field a meaning. */
interface Setting {
  readonly version: number
  readonly random: Random
  readonly facts: Facts
}

/** Puts names of what there is, and values that a client would send, in most of a message's fields. */
function withMeaning(fields: Fields, body: object, setting: Setting): object {
  const { random, version } = setting
  const given = body as Record<string, unknown>
  const isConfig = 'value' in fields && 'name' in fields
  const config = pick(random, CONFIGS)
  const meant: Record<string, unknown> = { ...given }
  for (const [name, field] of Object.entries(fields)) {
    // What a version lacks keeps its default: it could not be sent otherwise.
    if (random.below(8) === 0 || !hasVersion(field.versions, version)) continue
    if (isConfig && (name === 'name' || name === 'value')) meant[name] = name === 'name' ? config[0] : config[1]
    else meant[name] = meaningOf(name, field, given[name], setting)
  }
  return meant
}

function meaningOf(name: string, { type, entity, element, fields }: Field, given: unknown, setting: Setting): unknown {
  const { random, facts } = setting
  if (given === null) return given
  if (type === 'array') {
    const of = element as Field
    if (entity === 'brokerId') return (given as unknown[]).map(() => pick(random, facts.brokers))
    return (given as unknown[]).map((one) => meaningOf(of.type === 'int32' ? 'partition' : name, of, one, setting))
  }
  if (type === 'struct') return withMeaning(fields as Fields, given as object, setting)
  if (type === 'records') return [pick(random, facts.batches)]
  if (entity === 'brokerId') return pick(random, facts.brokers)
  if (type === 'uuid') return pick(random, facts.topicIds)
  if (entity === 'topicName' || name === 'resourceName') return pick(random, facts.topics)
  if (entity === 'groupId' || name === 'key') return pick(random, facts.groups)
  if (name.endsWith('Ms') && !(name in VALUES) && typeof given === 'number')
    return pick(random, [0, 1, 50, 6000, 10_000])
  return name in VALUES ? pick(random, VALUES[name] as readonly unknown[]) : given
}
