import type { BrokerHandle } from '../../../src/broker/handles/broker-handle.ts'
import type { NetworkEnd } from '../../../src/broker/handles/network-handle.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import type { Action } from './schedule.ts'
import type { TransactionOrder } from './transactional-producer.ts'
import type { World } from './world.ts'

const TIMES_MS = [1, 10, 100, 250, 500, 1000, 2000, 3000]
const LONG_TIMES_MS = [5000, 9500, 12_000, 31_000, 47_000]
const DELAYS_MS = [5, 50, 400, 1500, 6000]
const LOSSES = [0.1, 0.3, 0.7, 1]
const ENDS = ['commit', 'commit', 'commit', 'abort', 'crash'] as const
const MOST_BROKERS = 6

/** What the laws have to know of what happened. */
export interface RunState {
  /** A disk was wiped that held the last in-sync or eligible replica of something. */
  wiped: boolean
}

/** Has one thing happen. What cannot happen now does not. */
export async function perform(world: World, [kind, a, b, c]: Action, state: RunState): Promise<void> {
  const { cluster, network } = world
  const broker = pick(cluster.brokers, a) as BrokerHandle
  switch (kind) {
    case 'produce':
      if (world.producers.length > 0) pick(world.producers, a).produce(1 + (b % 4))
      break
    case 'transact':
      if (world.transactional.length > 0) pick(world.transactional, a).transact(order(world, b, c))
      break
    case 'commit':
      if (world.committers.length > 0) pick(world.committers, a).commit(1 + (b % 3))
      break
    case 'stop':
      if (broker.isRunning && !broker.isPaused) await world.begin(broker.stop())
      break
    case 'kill':
      await world.begin(broker.kill())
      break
    case 'killUnnoticed':
      await world.begin(broker.kill({ noticed: 'by timeout' }))
      break
    case 'start':
      if (!broker.isRunning) await world.begin(broker.start())
      break
    case 'startWiped':
      if (!broker.isRunning && (b % 4 === 0 || isSpare(world, broker))) {
        if (!isSpare(world, broker)) state.wiped = true
        await world.begin(broker.start({ wipe: true }))
      }
      break
    case 'pause':
      broker.pause()
      break
    case 'resume':
      broker.resume()
      break
    case 'split':
      split(world, a, b, c)
      break
    case 'heal':
      cluster.network.heal()
      network.heal()
      break
    case 'slow':
      cluster.network.link(broker, otherEnd(world, broker, b)).set({ delay: pick(DELAYS_MS, c) })
      break
    case 'lossy':
      cluster.network.link(broker, otherEnd(world, broker, b)).set({ drop: pick(LOSSES, c) })
      break
    case 'slowClients':
      network.set(broker.nodeId, { delay: pick(DELAYS_MS, b) })
      break
    case 'lossyClients':
      network.set(broker.nodeId, { drop: pick(LOSSES, b) })
      break
    case 'elect': {
      const partition = world.partition(pick(world.partitions, b))
      unlessRefused(() => partition.elect(broker))
      break
    }
    case 'shuffle':
      cluster.topic(pick(world.partitions, b).topic).shuffleLeaders()
      break
    case 'moveCoordinator':
      if (world.partitions.some(({ topic }) => topic === '__consumer_offsets')) {
        unlessRefused(() => cluster.group('group 0').moveCoordinator(broker))
      }
      break
    case 'add':
      if (cluster.brokers.length < Math.min(MOST_BROKERS, world.shape.brokers + 1) && world.pending === 0) {
        await world.begin(cluster.addBroker({ nodeId: cluster.brokers.length + 1 }))
      }
      break
    case 'time':
      await world.advance(pick(TIMES_MS, a))
      break
    case 'longTime':
      await world.advance(pick(LONG_TIMES_MS, a))
      break
    default:
      kind satisfies never
  }
  if (world.pending > 0) await world.settle()
  network.changed()
}

/** Cuts the network into two or three sides; the controller is on one of them, or alone, and so are the clients. */
function split(world: World, a: number, b: number, c: number): void {
  const { cluster, network } = world
  const sides: NetworkEnd[][] = [[], [], []]
  const cutOffFromClients = new Set<number>()
  const clientsSide = c % 4
  cluster.brokers.forEach((broker, i) => {
    const side = ((a + b * 16) >> i) % 2 === 0 ? 0 : (b >> i) % 4 === 0 ? 2 : 1
    sides[side]?.push(broker)
    // 3: clients reach every broker.
    if (clientsSide !== 3 && side !== clientsSide) cutOffFromClients.add(broker.nodeId)
  })
  if (clientsSide < 3) sides[clientsSide]?.push(cluster.network.clients)
  const controllerSide = (c >> 2) % 4
  if (controllerSide < 3) sides[controllerSide]?.push(cluster.controller)
  cluster.network.split(...sides)
  network.setCut(cutOffFromClients)
}

function otherEnd(world: World, broker: BrokerHandle, choice: number): NetworkEnd {
  const { brokers } = world.cluster
  const others = brokers.filter((other) => other !== broker)
  return choice % brokers.length === others.length ? world.cluster.controller : pick(others, choice)
}

/** Whether nothing is lost with a broker's disk: of all that it has, only others count as in sync. */
function isSpare(world: World, { nodeId }: BrokerHandle): boolean {
  return world.partitions.every((name) => {
    const { isr, replicas } = world.partition(name)
    return !replicas.includes(nodeId) || (isr.length > 0 && !isr.includes(nodeId))
  })
}

function order(world: World, b: number, c: number): TransactionOrder {
  const targets = world.shape.topics.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  )
  return {
    writes: Array.from({ length: 1 + (b % 4) }, (_, i) => pick(targets, b + c + i)),
    withOffsets: c % 2 === 0,
    end: pick(ENDS, c),
  }
}

function unlessRefused(change: () => void): void {
  try {
    change()
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
  }
}

function pick<T>(choices: readonly T[], choice: number): T {
  return choices[choice % choices.length] as T
}
