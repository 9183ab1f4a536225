import { perform } from './actions.ts'
import { brokenNow, hangsAsInKafka, isSettled, unsettled, violations } from './laws.ts'
import type { Schedule } from './schedule.ts'
import { World } from './world.ts'

/** How long a healed cluster may take to be as if nothing had happened, ms. */
const RECOVERY_MS = 600_000

/** What came of a schedule. */
export interface History {
  /** What broke a law, and which; none in a cluster that is right. */
  readonly violations: readonly string[]
  /** Acknowledged records that are gone where the laws allow it: acks other than all, unclean elections, wiped disks. */
  readonly losses: readonly string[]
  readonly trace: readonly string[]
}

/** Carries out a schedule, heals everything, and holds what is left to the laws. */
export async function simulate(schedule: Schedule, { traced = false } = {}): Promise<History> {
  const trace: string[] | undefined = traced ? [] : undefined
  const world = await World.start(schedule.world, trace)
  // Errors of Kafka's are answers here, thousands of them: where they come from is of interest to no one but who reads the trace.
  const { stackTraceLimit } = Error
  if (!traced) Error.stackTraceLimit = 0
  try {
    for (const action of schedule.actions) {
      world.note(action.join(' '))
      await perform(world, action)
      if (trace !== undefined) noteState(world)
      const broken = brokenNow(world)
      if (broken.length > 0) return { violations: broken, losses: [], trace: trace ?? [] }
    }
    await recover(world)
    for (let waitedMs = 0; waitedMs < RECOVERY_MS && !isSettled(world); waitedMs += 1000) {
      if (hangsAsInKafka(world)) return { violations: [], losses: [], trace: trace ?? [] }
      await world.advance(1000)
    }
    if (trace !== undefined) noteState(world)
    if (!isSettled(world)) return { violations: unsettled(world), losses: [], trace: trace ?? [] }
    return { ...violations(world), trace: trace ?? [] }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    await world.stop()
  }
}

async function recover(world: World): Promise<void> {
  const { cluster, network } = world
  world.note('recovery')
  cluster.network.heal()
  network.heal()
  for (const broker of cluster.brokers) broker.resume()
  network.drain()
  for (let round = 0; round < 3; round++) {
    await world.advance(60_000, () => world.pending === 0)
    for (const broker of cluster.brokers) if (!broker.isRunning) await world.begin(broker.start())
  }
}

function noteState(world: World): void {
  const brokers = world.cluster.brokers.map(({ nodeId, isRunning, isPaused, isFenced }) => {
    return `${nodeId} ${isRunning ? (isPaused ? 'stands still' : 'runs') : 'is down'}${isFenced ? ', fenced' : ''}`
  })
  world.note(`brokers: ${brokers.join('; ')}`)
  for (const name of world.partitions) {
    const { leader, leaderEpoch, isr = [] } = world.image(name) ?? {}
    const logs = world.cluster.brokers.map(({ nodeId }) => {
      const log = world.log(name, nodeId)
      return log === undefined ? '-' : `${nodeId}:${log.highWatermark}/${log.logEndOffset}`
    })
    world.note(`${name.topic}-${name.index} leader ${leader} epoch ${leaderEpoch} isr ${isr.join()} ${logs.join(' ')}`)
  }
}
