import fc from 'fast-check'
import type { RecordToAppend } from '../../broker/handles/records/record-to-append.ts'
import type { TopicOptions } from '../../broker/options.ts'
import { checkNames } from '../../intercept/nearest.ts'
import { checkWhole } from './check.ts'
import type { ExploredCluster, FaultHandler, HandledApi } from './schedule.ts'

/** What records may be. */
export interface RecordOptions {
  /** Different keys, so many. Default: 4; among them none (null). */
  readonly keys?: number
  /** Of values, in characters, at most. Default: 20. */
  readonly maxLength?: number
}

/** Records for `append`, and for producers: few keys, so that some meet; tombstones and headers among them. */
export function records({ keys = 4, maxLength = 20 }: RecordOptions = {}): fc.Arbitrary<RecordToAppend> {
  checkWhole('records: keys', keys, 1)
  checkWhole('records: maxLength', maxLength, 0)
  const key = fc.option(
    fc.nat(keys - 1).map((n) => `key-${n}`),
    { nil: null, freq: 4 },
  )
  const value = fc.option(fc.string({ maxLength }), { nil: null, freq: 8 })
  const headers = fc.dictionary(fc.constantFrom('source', 'trace'), fc.string({ maxLength: 5 }), {
    maxKeys: 2,
    noNullPrototype: true,
  })
  return fc.record({ key, value, headers }, { requiredKeys: ['key', 'value'] })
}

/** Records to be sent or appended together. */
export function batches(
  options: RecordOptions & { readonly minLength?: number; readonly maxRecords?: number } = {},
): fc.Arbitrary<RecordToAppend[]> {
  const { minLength = 1, maxRecords = 10, ...rest } = options
  checkWhole('batches: minLength', minLength, 0)
  checkWhole('batches: maxRecords', maxRecords, minLength)
  return fc.array(records(rest), { minLength, maxLength: maxRecords })
}

/** What topics may be. */
export interface TopicShapeOptions {
  readonly brokers?: number
  /** At most. Default: 3. */
  readonly partitions?: number
}

/** A topic as `KafkaCluster.start` takes it: partitions, replicas, `min.insync.replicas`. */
export function topics({ brokers = 3, partitions = 3 }: TopicShapeOptions = {}): fc.Arbitrary<TopicOptions> {
  checkWhole('topics: brokers', brokers, 1)
  checkWhole('topics: partitions', partitions, 1)
  return fc
    .record({
      partitions: fc.integer({ min: 1, max: partitions }),
      replicationFactor: fc.integer({ min: 1, max: Math.min(3, brokers) }),
      minInSync: fc.integer({ min: 1, max: 2 }),
    })
    .map(({ minInSync, ...shape }) => ({
      ...shape,
      configs: { 'min.insync.replicas': String(Math.min(minInSync, shape.replicationFactor)) },
    }))
}

/** Clusters of one to so many brokers, with these topics in shapes that go with them. */
export function clusters(
  options: { readonly brokers?: number; readonly topics?: readonly string[]; readonly partitions?: number } = {},
): fc.Arbitrary<ExploredCluster> {
  checkNames('clusters', options, ['brokers', 'topics', 'partitions'])
  const { brokers: most = 3, topics: names = ['orders'], partitions = 3 } = options
  checkWhole('clusters: brokers', most, 1)
  return fc
    .tuple(fc.integer({ min: 1, max: most }), ...names.map(() => topics({ brokers: most, partitions })))
    .map(([brokers, ...shapes]) => ({
      brokers,
      topics: Object.fromEntries(names.map((name, i) => [name, fitting(shapes[i] as TopicOptions, brokers)])),
    }))
}

/** A topic with no more replicas than there are brokers. */
function fitting({ replicationFactor = 1, configs = {}, ...rest }: TopicOptions, brokers: number): TopicOptions {
  const replicas = Math.min(replicationFactor, brokers)
  const minInSync = Math.min(Number(configs['min.insync.replicas']), replicas)
  return { ...rest, replicationFactor: replicas, configs: { 'min.insync.replicas': String(minInSync) } }
}

/** Errors that brokers give in good faith, and clients are to get over. */
const ERRORS: Readonly<Record<HandledApi, readonly string[]>> = {
  produce: ['NOT_LEADER_OR_FOLLOWER', 'REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'NOT_ENOUGH_REPLICAS'],
  fetch: ['NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_LEADER_EPOCH', 'KAFKA_STORAGE_ERROR'],
  metadata: ['LEADER_NOT_AVAILABLE'],
  findCoordinator: ['COORDINATOR_NOT_AVAILABLE'],
  joinGroup: ['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', 'UNKNOWN_MEMBER_ID'],
  syncGroup: ['NOT_COORDINATOR', 'REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID'],
  heartbeat: ['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR'],
  offsetCommit: ['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'],
  offsetFetch: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR'],
  initProducerId: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR'],
}

const OF_TOPICS: readonly HandledApi[] = ['produce', 'fetch', 'metadata']
const OF_GROUPS: readonly HandledApi[] = ['joinGroup', 'syncGroup', 'heartbeat', 'offsetCommit', 'offsetFetch']

/** What handlers may be about. */
export interface HandlerOptions {
  readonly topics?: readonly string[]
  readonly groups?: readonly string[]
  /** Default: all that the topics and groups are about. */
  readonly apis?: readonly HandledApi[]
}

/** Handlers of `use`, as data: errors, connections that close, requests and answers that are lost or late. */
export function handlers(options: HandlerOptions = {}): fc.Arbitrary<FaultHandler> {
  checkNames('handlers', options, ['topics', 'groups', 'apis'])
  const { topics: names = [], groups = [] } = options
  const { apis = [...(names.length > 0 ? OF_TOPICS : []), ...(groups.length > 0 ? OF_GROUPS : [])] } = options
  for (const api of apis) {
    if (!Object.hasOwn(ERRORS, api))
      throw new RangeError(`handlers: there is no '${api}'; there are ${Object.keys(ERRORS).join(', ')}`)
  }
  if (apis.length === 0) throw new RangeError('handlers: they are about topics, groups or apis: name some')
  return fc.constantFrom(...apis).chain((api) => {
    const about: fc.Arbitrary<{ topic?: string; group?: string }> =
      OF_TOPICS.includes(api) && names.length > 0
        ? fc.constantFrom(...names).map((topic) => ({ topic }))
        : OF_GROUPS.includes(api) && groups.length > 0
          ? fc.constantFrom(...groups).map((group) => ({ group }))
          : fc.constant({})
    const at = fc.constantFrom('before' as const, 'after' as const)
    const answer: fc.Arbitrary<FaultHandler['answer']> = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...ERRORS[api]).map((error) => ({ error })) },
      { weight: 2, arbitrary: at.map((disconnect) => ({ disconnect })) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 2000 }).map((delay) => ({ delay })) },
      { weight: 1, arbitrary: at.map((drop) => ({ drop })) },
    )
    return fc
      .record({ answer, times: fc.integer({ min: 1, max: 3 }), skip: fc.nat(3) })
      .chain((rest) => about.map((one) => ({ api, ...one, ...rest })))
  })
}
