import { inspect } from 'node:util'
import { KafkaCluster } from '../../broker/cluster.ts'
import { leaderReplica } from '../../broker/handles/cluster-view.ts'
import { Listener } from '../../broker/network/listener.ts'
import type { ClusterOptions } from '../../broker/options.ts'
import type { TimelineEntry } from '../../broker/timeline/timeline-entry.ts'
import { checkNames } from '../../intercept/nearest.ts'
import { fake } from './fakes.ts'
import { Frames } from './frames.ts'
import { History, type Law } from './history.ts'
import { broken } from './laws.ts'
import { notWaitedFor } from './pool-work.ts'
import { World } from './world.ts'

/** What code under test is given in a run. Everything that it needs it makes anew: clients, servers, timers. */
export interface Run {
  /** Reached in memory alone: by `socketFactory` of kafkajs, `clientConfig()` of our own client, or `interceptKafka`. */
  readonly cluster: KafkaCluster
  /** Resolves when all that fails has failed, and is healed: brokers run, nothing lies between them, every partition is led, no handler is left. */
  readonly recovered: Promise<void>
  /** The cluster, or whoever was asked, has said that it has this: what laws hold it to. */
  acknowledged(id: string): void
  /** This was done, once. */
  processed(id: string): void
  /** Resolves when so many ms have passed, which takes no time. */
  sleep(ms: number): Promise<void>
  /** Resolves once a condition holds, which is looked at after everything that happens; `false` when it did not within so many ms. Default: 60 s. */
  until(condition: () => boolean, within?: number): Promise<boolean>
}

/** What is run, and what must hold then. */
export interface SimulationOptions<T = unknown> {
  /** What `KafkaCluster.start` takes, but for `clock`, `host`, `port` and `timeline`. Its seed is that of all chance in the process, too. */
  readonly cluster?: Omit<ClusterOptions, 'clock' | 'host' | 'port' | 'timeline'>
  /**
   * What the order follows from in which things happen: which connection brings something next, and how long it was under way. 0, the default: as
   * things were sent, each 1 ms later.
   */
  readonly order?: number
  /** Your code, from its start to its end. It is to end: what has not after {@link limit} hangs. */
  readonly run: (run: Run) => T | PromiseLike<T>
  /** What must hold when it is over. */
  readonly laws?: readonly Law<T>[]
  /** How long a run may go on, ms of its own time. Default: 600,000. */
  readonly limit?: number
}

/** What happens to a cluster meanwhile. */
export type Story = (cluster: KafkaCluster) => unknown

/** How {@link simulated} goes about it. */
export interface SimulatedOptions {
  readonly signal?: AbortSignal | undefined
  readonly tells?: boolean
  readonly turned?: (() => void) | undefined
}

/** What came of it. */
export interface Simulated {
  /** Why it failed; undefined when it did not. */
  readonly failure: Error | undefined
  /** What happened, as `cluster.timeline` has it; nothing where nobody asked and it did not fail. */
  readonly timeline: readonly TimelineEntry[]
  /** The same in short. */
  readonly told: string
  /** How many things have happened: timers, and frames that arrived. */
  readonly count: number
  /** What there was in it that time does not wait for: connections over TCP, child processes. */
  readonly outside: readonly string[]
}

const OPTIONS = ['cluster', 'order', 'run', 'laws', 'limit'] as const
/** Those that a cluster without time and sockets of its own cannot have. */
const NOT_HERE = ['clock', 'host', 'port', 'timeline'] as const
const LIMIT_MS = 600_000
const UNTIL_MS = 60_000
/** A broker that was killed unnoticed comes back when its session is over, 9 s; a request that was lost is sent again after 30 s. */
const RECOVERY_MS = 60_000
const FIRST_PORT = 9092
const TIMELINE_CAPACITY = 100_000

/** A law that does not hold. */
export class BrokenLawError extends Error {
  override readonly name = 'BrokenLawError'
}

/** A run that does not end. */
export class UnendedRunError extends Error {
  override readonly name = 'UnendedRunError'
}

/**
 * Runs code with a cluster in one simulated process: timers, time and chance are its own, one thing happens at a time, and the same options give
 * the same history. What the story does to the cluster it does meanwhile; then everything is healed, and once `run` has ended the laws are looked at.
 *
 * ```ts
 * await simulate({ cluster: { brokers: 3, seed: 7 }, run, laws }, async (cluster) => {
 *   await cluster.clock.advance(120)
 *   void cluster.broker(2).kill()
 * })
 * ```
 * @throws BrokenLawError, UnendedRunError, and what `run` or the story throws
 */
export async function simulate<T>(options: SimulationOptions<T>, story: Story = () => {}): Promise<void> {
  const { failure } = await simulated(options, story)
  if (failure !== undefined) throw failure
}

/**
 * @internal As {@link simulate}, and tells what happened where it has failed.
 * @param signal ends it: what goes on is given up
 * @param tells whether it tells where it has not failed, too, which takes its time
 * @param turned is called whenever the thread was let go of
 */
export async function simulated<T>(
  options: SimulationOptions<T>,
  story: Story,
  { signal, tells = false, turned }: SimulatedOptions = {},
): Promise<Simulated> {
  checkSimulation(options)
  const { cluster: clusterOptions = {}, order = 0, run, laws = [], limit = LIMIT_MS } = options
  const { seed = 0 } = clusterOptions
  signal?.throwIfAborted()
  const world = new World(order)
  const restore = fake(world, seed)
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => {})
  world.failed = over.reject
  if (turned !== undefined) world.turned = turned
  const abort = (): void => over.reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    world.begin()
    const cluster = await startIn(world, clusterOptions)
    const end = async (): Promise<Error | undefined> => {
      const history = new History()
      const recovered = Promise.withResolvers<void>()
      let isTold = false
      world.setTimer(limit, () => over.reject(unended(limit, isTold, [...world.pool.outside])))
      const value = Promise.resolve(run(runOf(cluster, world, history, recovered.promise)))
      value.catch(() => {})
      const told = tell(cluster, world, story)
      told.then(() => {
        isTold = true
        recovered.resolve()
      }, over.reject)
      const result = await value
      // Whatever was still to come comes no more.
      await recover(cluster, world)
      const { acknowledged, processed } = history
      for (const one of laws) {
        const wrong = await broken(one, { cluster, value: result, acknowledged, processed })
        if (wrong !== undefined) return typeof wrong === 'string' ? new BrokenLawError(wrong) : wrong
      }
      return undefined
    }
    const failure = await Promise.race([end(), over.promise]).catch(errorOf)
    const { timeline } = cluster
    const { count } = world
    const outside = [...world.pool.outside]
    const isTold = failure !== undefined || tells
    const simulation = {
      failure,
      timeline: isTold ? timeline.entries : [],
      told: isTold ? timeline.story() : '',
      count,
      outside,
    }
    // Nobody is left to hear of it.
    world.end()
    await cluster.stop()
    return simulation
  } finally {
    signal?.removeEventListener('abort', abort)
    world.end()
    restore()
  }
}

function startIn(world: World, options: ClusterOptions): Promise<KafkaCluster> {
  let port = FIRST_PORT
  return KafkaCluster.startOn(
    async (host, wanted) => Listener.inMemory(host, wanted === 0 ? port++ : wanted),
    { ...options, clock: world, timeline: { capacity: TIMELINE_CAPACITY } },
    new Frames(world),
  )
}

function runOf(cluster: KafkaCluster, world: World, history: History, recovered: Promise<void>): Run {
  const until = async (condition: () => boolean, within = UNTIL_MS): Promise<boolean> => {
    let isLate = false
    const timer = world.setTimer(within, () => {
      isLate = true
    })
    let holds = false
    await world.until(() => {
      holds = condition()
      return holds || isLate
    })
    timer.cancel()
    return holds
  }
  return {
    cluster,
    recovered,
    acknowledged: (id) => history.acknowledge(String(id)),
    processed: (id) => history.process(String(id)),
    sleep: (ms) => world.advance(ms),
    until,
  }
}

/** Has the story happen, and then has everything be well again. */
async function tell(cluster: KafkaCluster, world: World, story: Story): Promise<void> {
  await story(cluster)
  await recover(cluster, world)
}

/** Has the cluster be as it was, and waits until its brokers have found together again. */
async function recover(cluster: KafkaCluster, world: World): Promise<void> {
  cluster.resetHandlers()
  cluster.network.heal()
  for (const broker of cluster.brokers) await broker.restore()
  let isLate = false
  const timer = world.setTimer(RECOVERY_MS, () => {
    isLate = true
  })
  await world.until(() => isLate || isWell(cluster))
  timer.cancel()
}

/** Whether every partition has a leader that knows, and consumers see all that it has. */
function isWell(cluster: KafkaCluster): boolean {
  const view = KafkaCluster.viewOf(cluster)
  for (const { name, partitions } of view.image.topics()) {
    for (let index = 0; index < partitions.length; index++) {
      const leader = leaderReplica(view, name, index)
      if (leader === undefined || leader.highWatermark < leader.logEndOffset) return false
    }
  }
  return true
}

function unended(limit: number, isTold: boolean, outside: readonly string[]): UnendedRunError {
  const where =
    outside.length > 0
      ? notWaitedFor(outside)
      : isTold
        ? 'All was healed meanwhile: a run that takes longer wants a higher limit'
        : 'What happens to the cluster is not over either: it waits for something that does not come'
  return new UnendedRunError(`run has not ended after ${limit} ms of its own time. ${where}`)
}

/** @throws TypeError and RangeError for what cannot be run */
function checkSimulation<T>(options: SimulationOptions<T>): void {
  checkNames('simulate', options, OPTIONS)
  const { cluster = {}, order = 0, run, laws = [], limit = LIMIT_MS } = options
  if (typeof run !== 'function') throw new TypeError(`run: a function is wanted, not ${inspect(run, { depth: 0 })}`)
  for (const name of NOT_HERE) {
    if (Object.hasOwn(cluster, name)) {
      throw new RangeError(
        `cluster: '${name}' is not taken here: a cluster that is explored has no sockets, and time and a timeline that are given`,
      )
    }
  }
  const { seed = 0 } = cluster
  if (!Number.isSafeInteger(seed)) throw new RangeError(`cluster: seed: a whole number is wanted, not ${inspect(seed)}`)
  if (!Number.isSafeInteger(order)) throw new RangeError(`order: a whole number is wanted, not ${inspect(order)}`)
  if (!(limit > 0)) throw new RangeError(`limit: ms from 1 on are wanted, not ${inspect(limit)}`)
  if (!Array.isArray(laws) || laws.some((one) => typeof one?.holds !== 'function')) {
    throw new TypeError(
      "laws: a list is wanted, of what law('…', (outcome) => …), nothingAcknowledgedIsLost() and others make",
    )
  }
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(`thrown: ${inspect(error)}`)
}
