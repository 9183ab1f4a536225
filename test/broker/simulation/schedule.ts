import fc from 'fast-check'
import type { ConsumerShape } from './consumer.ts'
import type { ProducerShape } from './producer.ts'
import type { TransactionalShape } from './transactional-producer.ts'
import type { TopicShape, WorldShape } from './world.ts'

/** What can happen; how often is told by how often it stands here. */
const kinds = [
  'produce',
  'produce',
  'produce',
  'produce',
  'produce',
  'transact',
  'transact',
  'transact',
  'commit',
  'commit',
  'takePart',
  'takePart',
  'takePart',
  'stop',
  'kill',
  'kill',
  'killUnnoticed',
  'start',
  'start',
  'startWiped',
  'pause',
  'resume',
  'split',
  'split',
  'heal',
  'slow',
  'lossy',
  'slowClients',
  'lossyClients',
  'killLeader',
  'isolateLeader',
  'isolateLeader',
  'cutFollowers',
  'slowController',
  'elect',
  'electOther',
  'electOther',
  'bounceLeader',
  'reassign',
  'shuffle',
  'moveCoordinator',
  'moveTransactions',
  'configure',
  'add',
  'time',
  'time',
  'time',
  'longTime',
  'longTime',
] as const

export type ActionKind = (typeof kinds)[number]

/** One thing that happens: what, and three numbers that choose among what there is then. */
export type Action = readonly [kind: ActionKind, a: number, b: number, c: number]

/** A cluster, its clients, and all that happens to them. */
export interface Schedule {
  readonly world: WorldShape
  readonly actions: readonly Action[]
}

/** What a schedule may be. */
export interface ScheduleOptions {
  readonly minActions?: number
  readonly maxActions?: number
  /** Has every shape be so. */
  readonly world?: (shape: WorldShape) => WorldShape
  /** What may happen; left out: everything. */
  readonly kinds?: readonly ActionKind[]
}

const REQUEST_TIMEOUTS_MS = [1000, 3000, 10_000]

const topic = (name: string, brokers: number): fc.Arbitrary<TopicShape> =>
  fc
    .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 3 }), fc.nat(2), fc.nat(3))
    .map(([partitions, fewer, minInSync, unclean]) => {
      const replicationFactor = Math.min(brokers, fewer === 0 ? 2 : 3)
      return {
        name,
        partitions,
        replicationFactor,
        minInSync: Math.min(minInSync === 0 ? 1 : 2, replicationFactor),
        unclean: unclean === 0,
      }
    })

const producer = (topics: readonly TopicShape[]): fc.Arbitrary<ProducerShape> =>
  fc
    .tuple(fc.nat(63), fc.nat(7), fc.nat(2), fc.nat(11), fc.boolean())
    .map(([where, how, inFlight, patience, short]) => {
      const { name, partitions } = topics[where % topics.length] as TopicShape
      const idempotent = how < 4
      return {
        topic: name,
        partition: (where >> 2) % partitions,
        acks: idempotent || how < 6 ? -1 : how === 6 ? 1 : 0,
        idempotent,
        inFlight: idempotent ? 1 + 2 * inFlight : 1,
        requestTimeoutMs: REQUEST_TIMEOUTS_MS[patience % 3] ?? 3000,
        deliveryTimeoutMs: short ? 15_000 : 120_000,
        thinkMs: [0, 50, 300, 1500][patience >> 2] ?? 0,
      }
    })

const transactional: fc.Arbitrary<TransactionalShape> = fc
  .tuple(fc.nat(1), fc.boolean(), fc.nat(2), fc.boolean())
  .map(([id, newer, patience, short]) => ({
    transactionalId: `tx-${id}`,
    version: newer ? 2 : 1,
    transactionTimeoutMs: short ? 10_000 : 60_000,
    requestTimeoutMs: REQUEST_TIMEOUTS_MS[patience] ?? 3000,
  }))

const consumer: fc.Arbitrary<ConsumerShape> = fc.record({
  committedOnly: fc.boolean(),
  validates: fc.boolean(),
  rack: fc.constantFrom(undefined, undefined, 'a', 'b'),
})

const world: fc.Arbitrary<WorldShape> = fc
  .tuple(fc.nat(0x7fffffff), fc.integer({ min: 0, max: 5 }), fc.nat(4))
  .chain(([seed, brokerChoice, release]) => {
    const brokers = [3, 3, 3, 2, 4, 5][brokerChoice] as number
    const version = ['3.9', '4.0', undefined, undefined, undefined][release]
    return fc.tuple(topic('orders', brokers), fc.option(topic('bills', brokers))).chain(([orders, bills]) => {
      const topics = bills === null ? [orders] : [orders, bills]
      return fc
        .tuple(
          fc.array(producer(topics), { minLength: 1, maxLength: 3, size: 'max' }),
          fc.array(transactional, { maxLength: 2, size: 'max' }),
          fc.array(consumer, { minLength: 1, maxLength: 2, size: 'max' }),
          fc.nat(1),
          fc.nat(3),
        )
        .map(([producers, transactionals, consumers, groups, members]) => ({
          seed,
          brokers,
          version,
          topics,
          producers,
          transactional: transactionals.map((one) => (version === '3.9' ? { ...one, version: 1 as const } : one)),
          consumers,
          groups,
          // A group of one says little.
          members: members === 1 ? 0 : members,
        }))
    })
  })

/** What befalls three replicas of one partition. */
const replicaKinds: readonly ActionKind[] = [
  ...times(6, 'produce'),
  ...times(2, 'transact'),
  ...times(2, 'kill'),
  ...times(2, 'killLeader'),
  'killUnnoticed',
  'stop',
  ...times(5, 'start'),
  'startWiped',
  'pause',
  'resume',
  ...times(3, 'slow'),
  'lossy',
  'slowController',
  'isolateLeader',
  'cutFollowers',
  'heal',
  ...times(2, 'electOther'),
  'bounceLeader',
  ...times(5, 'time'),
  ...times(2, 'longTime'),
]

function times(count: number, kind: ActionKind): ActionKind[] {
  return Array.from({ length: count }, () => kind)
}

/** One partition with three replicas, two of which have to be in sync: all that happens, happens to it. */
export function onePartition(shape: WorldShape): WorldShape {
  return {
    ...shape,
    brokers: 3,
    topics: [{ name: 'orders', partitions: 1, replicationFactor: 3, minInSync: 2, unclean: false }],
    producers: shape.producers.slice(0, 2).map((producer) => ({
      ...producer,
      topic: 'orders',
      partition: 0,
      acks: -1,
      inFlight: producer.idempotent ? producer.inFlight : 1,
    })),
    transactional: shape.transactional.slice(0, 1),
    consumers: shape.consumers.slice(0, 1),
  }
}

/** Clusters, their clients and what happens to them; a part of them small, so that it happens to the same few replicas. */
export function schedules(options: ScheduleOptions = {}): fc.Arbitrary<Schedule> {
  if (options.world !== undefined || options.kinds !== undefined) return schedulesOf(options)
  const small = schedulesOf({ ...options, world: onePartition, kinds: replicaKinds })
  return fc.oneof({ arbitrary: schedulesOf(options), weight: 2 }, { arbitrary: small, weight: 1 })
}

function schedulesOf(options: ScheduleOptions): fc.Arbitrary<Schedule> {
  const { minActions = 1, maxActions = 45, world: change = (shape) => shape } = options
  const action: fc.Arbitrary<Action> = fc.tuple(
    fc.constantFrom(...(options.kinds ?? kinds)),
    fc.nat(15),
    fc.nat(15),
    fc.nat(15),
  )
  return fc.record({
    world: world.map(change),
    actions: fc.array(action, { minLength: minActions, maxLength: maxActions, size: 'max' }),
  })
}
