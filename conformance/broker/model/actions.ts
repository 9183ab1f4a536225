/**
 * What can happen in the small world of the model: three topics, two groups of three members each, two producers, two readers
 * with fetch sessions. Every action makes sense at any time, if only as a request that is refused: so a sequence shrinks to any
 * part of it.
 */
import fc from 'fast-check'

/** Which topic, by its number: it may be there or not. */
const topic = fc.nat({ max: 2 })
const partition = fc.nat({ max: 2 })
const group = fc.nat({ max: 1 })
const member = fc.nat({ max: 2 })
const producer = fc.nat({ max: 1 })
const reader = fc.nat({ max: 1 })
/** Any version of an API: it is taken modulo how many both sides have. */
const v = fc.nat({ max: 19 })

/** Offsets that a log of a few batches may have, its ends, and some beyond. */
const offset = fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 12 }) }, fc.constantFrom(-2, -1, 1000))

/** The batches that are produced, by their names in batches.ts. */
const batch = fc.constantFrom(
  'one',
  'three',
  'gzip',
  'keyless',
  'old',
  'future',
  'two batches',
  'bad checksum',
  'large',
  'none',
)

/** What stands in an idempotent batch in the place of the next sequence. */
const sequence = fc.constantFrom('next', 'next', 'next', 'again', 'gap', 'before', 'old epoch', 'new epoch')

const topicConfig = fc.constantFrom(
  ['cleanup.policy', 'compact'],
  ['cleanup.policy', 'delete'],
  ['message.timestamp.type', 'LogAppendTime'],
  ['message.timestamp.type', 'CreateTime'],
  ['max.message.bytes', '200'],
  ['max.message.bytes', '1000000'],
  ['compression.type', 'lz4'],
  ['compression.type', 'producer'],
  ['message.timestamp.before.max.ms', '1000'],
  ['retention.ms', 'never'],
  ['no.such.config', '1'],
)

const assignor = fc.constantFrom(['range'], ['roundrobin'], ['range', 'roundrobin'], ['roundrobin', 'range'], [])

export const actions = {
  createTopic: fc.record({
    topic,
    partitions: fc.constantFrom(1, 2, 3, 0, -1),
    config: fc.option(topicConfig),
    validateOnly: fc.boolean(),
    v,
  }),
  deleteTopic: fc.record({ topic, v }),
  createPartitions: fc.record({ topic, count: fc.nat({ max: 4 }), v }),
  alterTopic: fc.record({ topic, config: topicConfig, operation: fc.nat({ max: 3 }), v }),
  describeTopic: fc.record({ topic, v }),
  metadata: fc.record({ topic, v }),
  produce: fc.record({ topic, partition, batch, acks: fc.constantFrom(-1, 1, 2), v }),
  initProducer: fc.record({ producer, v }),
  produceInOrder: fc.record({ producer, topic, partition, sequence, v }),
  fetch: fc.record({ topic, partition, offset, maxBytes: fc.constantFrom(1, 100, 1_000_000), v }),
  openSession: fc.record({ reader, topic, partition, offset, v }),
  fetchOn: fc.record({
    reader,
    change: fc.constantFrom('nothing', 'add', 'forget', 'wrong epoch', 'close'),
    topic,
    partition,
    offset,
  }),
  listOffsets: fc.record({ topic, partition, timestamp: fc.constantFrom(-1, -2, -3, -4, -5, 'early', 'late'), v }),
  deleteRecords: fc.record({ topic, partition, offset, v }),
  offsetForLeaderEpoch: fc.record({ topic, partition, epoch: fc.constantFrom(-1, 0, 1, 5), v }),
  join: fc.record({ group, member, protocols: assignor, asStatic: fc.boolean(), v }),
  sync: fc.record({ group, member, v }),
  heartbeat: fc.record({ group, member, generation: fc.constantFrom(0, 0, 0, -1, 1), v }),
  leave: fc.record({ group, member, v }),
  commit: fc.record({ group, member: fc.option(member), topic, partition, offset: fc.nat({ max: 9 }), v }),
  committed: fc.record({ group, topic: fc.option(topic), v }),
  deleteOffsets: fc.record({ group, topic, partition, v }),
  describeGroup: fc.record({ group, v }),
  listGroups: fc.record({ v }),
  deleteGroup: fc.record({ group, v }),
  /** Long enough for a rebalance to go on without those who have not joined, and for a short session to end. */
  wait: fc.record({}),
} as const

export type ActionName = keyof typeof actions

/** What an action of this name is about. */
export type Details<Name extends ActionName> = (typeof actions)[Name] extends fc.Arbitrary<infer T> ? T : never

/** One thing that happens. */
export type Action = { [Name in ActionName]: { readonly do: Name; readonly about: Details<Name> } }[ActionName]

/** How actions of some names are done. */
export type Doers<Name extends ActionName> = { readonly [N in Name]: (about: Details<N>) => Promise<void> }

/** How often an action is drawn, beside the others; 1 unless told here. */
const weights: Partial<Record<ActionName, number>> = {
  createTopic: 3,
  produce: 4,
  produceInOrder: 3,
  fetch: 3,
  fetchOn: 3,
  listOffsets: 2,
  join: 5,
  sync: 4,
  heartbeat: 2,
  commit: 3,
  committed: 2,
}

const action: fc.Arbitrary<Action> = fc.oneof(
  ...Object.entries(actions).map(([name, about]) => ({
    weight: weights[name as ActionName] ?? 1,
    arbitrary: (about as fc.Arbitrary<unknown>).map((details) => ({ do: name, about: details }) as Action),
  })),
)

/** What happens in one run: at first there is a topic of two partitions. */
export const history: fc.Arbitrary<readonly Action[]> = fc.array(action, { minLength: 1, maxLength: 30, size: 'max' })
