import { inspect } from 'node:util'
import fc from 'fast-check'
import { checkNames } from '../../intercept/nearest.ts'
import { handlers } from './arbitraries.ts'
import { checkWhole } from './check.ts'
import { nodeIdsOf } from './check-schedule.ts'
import type { ExploredCluster, FaultAction, FaultKind, FaultSchedule, FaultStep, HandledApi } from './schedule.ts'
import { smaller } from './smaller.ts'
import { smallerClusters } from './smaller-cluster.ts'

/** What may befall a cluster. */
export interface FaultOptions {
  /** Groups that may be rebalanced, lose a member, get another coordinator, and be refused. Default: none. */
  readonly groups?: readonly string[]
  /** Topics whose requests may be refused. Default: those that the cluster begins with. */
  readonly topics?: readonly string[]
  /** Left out: whatever the cluster, its topics and groups admit of. */
  readonly kinds?: readonly FaultKind[]
  /** APIs that handlers are about. Default: those of the topics and groups. */
  readonly apis?: readonly HandledApi[]
  /** Steps, at most. Default: 6. */
  readonly steps?: number
  /** ms between two steps, at most. Default: 3000. */
  readonly pause?: number
  /** Whether the order of arrivals is by chance too. Default: true. */
  readonly reorders?: boolean
}

const OPTIONS = ['groups', 'topics', 'kinds', 'apis', 'steps', 'pause', 'reorders'] as const

/** How often each is chosen, where it can be. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  kill: 3,
  stop: 2,
  start: 3,
  pause: 2,
  resume: 2,
  split: 2,
  heal: 2,
  link: 3,
  elect: 3,
  moveCoordinator: 3,
  rebalance: 3,
  evict: 3,
  use: 8,
  resetHandlers: 1,
}

const OF_GROUPS: readonly FaultKind[] = ['moveCoordinator', 'rebalance', 'evict']
const OF_SEVERAL: readonly FaultKind[] = ['split', 'elect', 'moveCoordinator']

/** Whole schedules: a cluster, its seed, the order of arrivals, and what befalls it. They shrink to the few steps that matter. */
export function faultSchedules(
  cluster: ExploredCluster | fc.Arbitrary<ExploredCluster> = {},
  options: FaultOptions = {},
): fc.Arbitrary<FaultSchedule> {
  checkNames('faults', options, OPTIONS)
  const { steps: most = 6, pause = 3000, reorders = true } = options
  checkWhole('faults: steps', most, 0)
  checkWhole('faults: pause', pause, 0)
  const ofCluster = (one: ExploredCluster): fc.Arbitrary<FaultSchedule> => {
    const step = faultSteps(one, options)
    return fc.record({
      cluster: fc.constant(one),
      seed: fc.nat(),
      order: reorders ? fc.nat() : fc.constant(0),
      steps: step === undefined ? fc.constant([]) : fc.noBias(fc.array(step, { maxLength: most, size: 'max' })),
      rest: fc.nat(pause),
    })
  }
  if ('generate' in cluster && typeof cluster.generate === 'function') return new Schedules(cluster, ofCluster)
  const made = ofCluster(cluster as ExploredCluster)
  return new Schedules(fc.constant(cluster as ExploredCluster), () => made)
}

/** Made as they come; made smaller by us: the general way would leave steps in the middle that do nothing. */
class Schedules extends fc.Arbitrary<FaultSchedule> {
  private readonly clusters: fc.Arbitrary<ExploredCluster>
  private readonly ofCluster: (cluster: ExploredCluster) => fc.Arbitrary<FaultSchedule>

  constructor(
    clusters: fc.Arbitrary<ExploredCluster>,
    ofCluster: (cluster: ExploredCluster) => fc.Arbitrary<FaultSchedule>,
  ) {
    super()
    this.clusters = clusters
    this.ofCluster = ofCluster
  }

  /** What a cluster is made smaller by is the context. */
  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<FaultSchedule> {
    const cluster = this.clusters.generate(random, biasFactor)
    return new fc.Value(this.ofCluster(cluster.value).generate(random, biasFactor).value, cluster.context)
  }

  override canShrinkWithoutContext(_value: unknown): _value is FaultSchedule {
    return true
  }

  override shrink(value: FaultSchedule, made: unknown): fc.Stream<fc.Value<FaultSchedule>> {
    return fc.stream(this.smaller(value, made))
  }

  private *smaller(schedule: FaultSchedule, made: unknown): IterableIterator<fc.Value<FaultSchedule>> {
    for (const one of smaller(schedule)) yield new fc.Value(one, made)
    for (const one of smallerClusters(schedule, this.clusters, made)) yield new fc.Value(one.schedule, one.made)
  }
}

/** @returns undefined where nothing can befall it */
function faultSteps(cluster: ExploredCluster, options: FaultOptions): fc.Arbitrary<FaultStep> | undefined {
  const { groups = [], topics = Object.keys(cluster.topics ?? {}), kinds, pause = 3000, apis } = options
  for (const [name, list] of Object.entries({ groups, topics, kinds, apis })) {
    if (list !== undefined && !Array.isArray(list)) {
      throw new RangeError(`faults: ${name}: a list is wanted, not ${inspect(list, { depth: 0 })}`)
    }
  }
  const nodeIds = nodeIdsOf(cluster)
  if (nodeIds.length === 0) throw new RangeError('a cluster that is explored has brokers: one at least')
  const broker = fc.constantFrom(...nodeIds)
  const handled = topics.length > 0 || groups.length > 0 || apis !== undefined
  const can = (kind: FaultKind): boolean => {
    if (kind === 'use' || kind === 'resetHandlers') return handled
    if (OF_GROUPS.includes(kind) && groups.length === 0) return false
    if (kind === 'elect' && Object.keys(cluster.topics ?? {}).length === 0) return false
    return nodeIds.length > 1 || !OF_SEVERAL.includes(kind)
  }
  const all = Object.keys(WEIGHTS) as FaultKind[]
  for (const kind of kinds ?? []) {
    if (!all.includes(kind)) throw new RangeError(`faults: there is no kind '${kind}'; there are ${all.join(', ')}`)
    if (!can(kind))
      throw new RangeError(`faults: '${kind}' cannot befall this cluster: name groups or topics, or have more brokers`)
  }
  const chosen = (kinds ?? all).filter(can)
  if (chosen.length === 0) return undefined
  const group = groups.length > 0 ? fc.constantFrom(...groups) : fc.constant('')
  const action = (kind: FaultKind): fc.Arbitrary<FaultAction> => {
    switch (kind) {
      case 'kill':
      case 'stop':
      case 'start':
      case 'pause':
      case 'resume':
        return broker.map((id) => ({ do: kind, broker: id }))
      case 'split':
        return fc
          .record({
            brokers: fc.subarray([...nodeIds], { minLength: 1, maxLength: nodeIds.length - 1 }),
            clients: fc.constantFrom(undefined, true, false),
          })
          .map(({ brokers, clients }) => ({ do: kind, brokers, ...(clients === undefined ? {} : { clients }) }))
      case 'link':
        return fc
          .tuple(broker, fc.constantFrom<(number | 'controller' | 'clients')[]>(...nodeIds, 'controller', 'clients'))
          .filter(([one, other]) => one !== other)
          .chain(([one, to]) =>
            fc
              .oneof(
                fc.integer({ min: 1, max: 2000 }).map((delay) => ({ delay })),
                fc.constantFrom(0.1, 0.5, 1).map((drop) => ({ drop })),
              )
              .map((conditions) => ({ do: kind, broker: one, to, ...conditions })),
          )
      case 'elect':
        return fc
          .tuple(fc.constantFrom(...Object.entries(cluster.topics ?? {})), fc.nat(), broker)
          .map(([[topic, { partitions = 1 }], n, id]) => ({
            do: kind,
            topic,
            partition: n % Math.max(1, partitions),
            broker: id,
          }))
      case 'moveCoordinator':
        return fc.tuple(group, broker).map(([id, to]) => ({ do: kind, group: id, broker: to }))
      case 'rebalance':
        return group.map((id) => ({ do: kind, group: id }))
      case 'evict':
        return fc.tuple(group, fc.nat(3)).map(([id, member]) => ({ do: kind, group: id, member }))
      case 'use':
        return handlers({ topics, groups, ...(apis === undefined ? {} : { apis }) }).map((handler) => ({
          do: kind,
          handler,
        }))
      case 'heal':
      case 'resetHandlers':
        return fc.constant({ do: kind })
    }
  }
  const actions = chosen.map((kind) => ({ weight: WEIGHTS[kind], arbitrary: action(kind) }))
  // Some things go wrong only when two come one upon the other.
  const after = fc.oneof({ weight: 3, arbitrary: fc.nat(pause) }, { weight: 1, arbitrary: fc.nat(Math.min(20, pause)) })
  return fc.tuple(after, fc.oneof(...actions)).map(([ms, one]) => ({ after: ms, ...one }))
}
