import { ConfigResourceType } from '../../../src/broker/config/config-resource-type.ts'
import type { BrokerHandle } from '../../../src/broker/handles/brokers/broker-handle.ts'
import type { NetworkEnd } from '../../../src/broker/handles/brokers/network-handle.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import { AlterPartitionReassignments } from '../../../src/protocol/messages/alter-partition-reassignments.ts'
import { IncrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import type { Action } from './schedule.ts'
import type { TransactionOrder } from './transactional-producer.ts'
import type { PartitionName, World } from './world.ts'

const TIMES_MS = [1, 10, 100, 250, 500, 1000, 2000, 3000]
const LONG_TIMES_MS = [5000, 9500, 12_000, 31_000, 47_000]
const DELAYS_MS = [5, 50, 400, 1500, 6000]
const LOSSES = [0.1, 0.3, 0.7, 1]
const ENDS = ['commit', 'commit', 'commit', 'abort', 'crash'] as const
const PAUSES_MS = [0, 0, 300, 3000]
const MOST_BROKERS = 6

/** Has one thing happen. What cannot happen now does not. */
export async function perform(world: World, [kind, a, b, c]: Action): Promise<void> {
  const { cluster, network } = world
  const broker = pick(cluster.brokers, a) as BrokerHandle
  switch (kind) {
    case 'produce':
      if (world.producers.length > 0) pick(world.producers, a).produce(1 + (b % 8))
      break
    case 'transact':
      if (world.transactional.length > 0) pick(world.transactional, a).transact(order(world, b, c))
      break
    case 'commit':
      if (world.committers.length > 0) pick(world.committers, a).commit(1 + (b % 3))
      break
    case 'takePart':
      if (world.members.length > 0) pick(world.members, a).takePart(1 + (b % 8))
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
        if (!isSpare(world, broker)) world.wiped = true
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
    case 'killLeader': {
      const leader = leaderOf(world, a)
      if (leader !== undefined) await world.begin(leader.kill({ noticed: b % 2 === 0 ? 'at once' : 'by timeout' }))
      break
    }
    case 'isolateLeader': {
      const leader = leaderOf(world, a)
      if (leader !== undefined) separate(world, [leader], cluster.controller, b)
      break
    }
    case 'cutFollowers': {
      const leader = leaderOf(world, a)
      if (leader === undefined) break
      separate(
        world,
        cluster.brokers.filter((other) => other !== leader),
        cluster.controller,
        b,
      )
      break
    }
    case 'slowController':
      cluster.network.link(broker, cluster.controller).set({ delay: pick(DELAYS_MS, b) })
      break
    case 'electOther':
      electOther(world, a, b)
      break
    case 'bounceLeader': {
      const leader = leaderOf(world, a)
      electOther(world, a, b)
      if (leader !== undefined) elect(world, pick(world.partitions, a), leader)
      break
    }
    case 'reassign':
      reassign(world, a, b, c)
      break
    case 'elect':
      elect(world, pick(world.partitions, b), broker)
      break
    case 'shuffle':
      cluster.topic(pick(world.partitions, b).topic).shuffleLeaders()
      break
    case 'moveCoordinator':
      if (world.partitions.some(({ topic }) => topic === '__consumer_offsets')) {
        unlessRefused(() => cluster.group('group 0').moveCoordinator(broker))
      }
      break
    case 'moveTransactions':
      if (world.partitions.some(({ topic }) => topic === '__transaction_state')) {
        unlessRefused(() => cluster.transaction('tx-0').moveCoordinator(broker))
      }
      break
    case 'configure':
      configure(world, a, b, c)
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

/** Cuts these brokers off from all others and the controller; clients are on their side, on the other, or on both. */
function separate(world: World, brokers: readonly BrokerHandle[], controller: NetworkEnd, choice: number): void {
  const { cluster, network } = world
  const others = cluster.brokers.filter((broker) => !brokers.includes(broker))
  const { clients } = cluster.network
  const withThem = choice % 3 === 0 ? [clients] : []
  const withOthers = choice % 3 === 1 ? [clients] : []
  cluster.network.split([...brokers, ...withThem], [...others, controller, ...withOthers])
  const cut = choice % 3 === 0 ? others : choice % 3 === 1 ? brokers : []
  network.setCut(new Set(cut.map(({ nodeId }) => nodeId)))
}

/** The broker that leads a partition, if it runs. */
function leaderOf(world: World, choice: number): BrokerHandle | undefined {
  const leader = world.image(pick(world.partitions, choice))?.leader
  return world.cluster.brokers.find(({ nodeId, isRunning }) => nodeId === leader && isRunning)
}

function electOther(world: World, choice: number, which: number): void {
  const name = pick(world.partitions, choice)
  const image = world.image(name)
  const others = world.cluster.brokers.filter(({ nodeId }) => nodeId !== image?.leader && image?.isr.includes(nodeId))
  if (others.length > 0) elect(world, name, pick(others, which))
}

function elect(world: World, { topic, index }: PartitionName, broker: BrokerHandle): void {
  unlessRefused(() => world.cluster.partition(topic, index).elect(broker))
}

/** Has other brokers have a partition, as an admin client asks any broker that it reaches. */
function reassign(world: World, a: number, b: number, c: number): void {
  const { topic, index } = pick(world.partitions, a)
  const { replicas = [] } = world.image({ topic, index }) ?? {}
  const ids = world.cluster.brokers.map(({ nodeId }) => nodeId)
  const first = b % ids.length
  const next = [...ids.slice(first), ...ids.slice(0, first)].slice(0, replicas.length)
  const admin = world.network.connect(pick(ids, c), 'admin')
  const request = {
    timeoutMs: 10_000,
    allowReplicationFactorChange: true,
    topics: [{ name: topic, partitions: [{ partitionIndex: index, replicas: next }] }],
  }
  admin.send(AlterPartitionReassignments, 1, request, 10_000)(() => {})
}

/** Has a topic want more replicas in sync, or fewer. */
function configure(world: World, a: number, b: number, c: number): void {
  const { name, replicationFactor } = pick(world.shape.topics, a)
  const admin = world.network.connect(pick(world.cluster.brokers, c).nodeId, 'admin')
  const request = {
    resources: [
      {
        resourceType: ConfigResourceType.TOPIC,
        resourceName: name,
        configs: [
          { name: 'min.insync.replicas', configOperation: 0, value: String(Math.min(1 + (b % 2), replicationFactor)) },
        ],
      },
    ],
    validateOnly: false,
  }
  admin.send(IncrementalAlterConfigs, 1, request, 10_000)(() => {})
}

function otherEnd(world: World, broker: BrokerHandle, choice: number): NetworkEnd {
  const { brokers } = world.cluster
  const others = brokers.filter((other) => other !== broker)
  return choice % brokers.length === others.length ? world.cluster.controller : pick(others, choice)
}

/** Whether nothing is lost with a broker's disk: of all that it has, only others count as in sync. */
function isSpare(world: World, { nodeId }: BrokerHandle): boolean {
  return world.partitions.every((name) => {
    const { isr = [], replicas = [] } = world.image(name) ?? {}
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
    thinkMs: pick(PAUSES_MS, b + c),
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
