import type { PartitionImage } from '../../../src/broker/controller/metadata-types.ts'
import { type ClusterView, leaderReplica } from '../../../src/broker/handles/cluster-view.ts'
import type { ReplicaLog } from '../../../src/broker/log/replica-log.ts'
import { Listener } from '../../../src/broker/network/listener.ts'
import { Random } from '../../../src/broker/random.ts'
import type { Partition } from '../../../src/broker/replication/partition.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { Committer } from './committer.ts'
import { Consumer, type ConsumerShape } from './consumer.ts'
import { type GroupStory, Member } from './member.ts'
import { Network } from './network.ts'
import { Producer, type ProducerShape } from './producer.ts'
import { SimClock } from './sim-clock.ts'
import { TransactionalProducer, type TransactionalShape } from './transactional-producer.ts'

const RACKS = ['a', 'b', 'c']

export interface TopicShape {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly minInSync: number
  /** `unclean.leader.election.enable` */
  readonly unclean: boolean
}

/** A cluster and who uses it. */
export interface WorldShape {
  readonly seed: number
  readonly brokers: number
  /** The release that the cluster passes for; undefined: every version of everything. */
  readonly version: string | undefined
  readonly topics: readonly TopicShape[]
  readonly producers: readonly ProducerShape[]
  readonly transactional: readonly TransactionalShape[]
  readonly consumers: readonly ConsumerShape[]
  /** How many groups commit offsets. */
  readonly groups: number
  /** How many members a group of its own has. */
  readonly members: number
}

/** One partition, internal ones as well. */
export interface PartitionName {
  readonly topic: string
  readonly index: number
}

/** A cluster without sockets in virtual time, its clients, and what they have seen. */
export class World {
  readonly shape: WorldShape
  readonly cluster: KafkaCluster
  readonly clock: SimClock
  readonly network: Network
  readonly producers: readonly Producer[]
  readonly transactional: readonly TransactionalProducer[]
  readonly consumers: readonly Consumer[]
  readonly committers: readonly Committer[]
  readonly members: readonly Member[]
  readonly group: GroupStory
  /** What happened, in order; undefined: nobody wants to know. */
  readonly trace: string[] | undefined
  /** Starts and stops that are under way. */
  pending = 0
  /** A disk was wiped that held the last in-sync or eligible replica of something. */
  wiped = false
  private readonly known: readonly PartitionName[]
  private readonly view: ClusterView

  private constructor(shape: WorldShape, cluster: KafkaCluster, clock: SimClock, trace: string[] | undefined) {
    this.shape = shape
    this.cluster = cluster
    this.view = KafkaCluster.viewOf(cluster)
    this.clock = clock
    this.trace = trace
    this.known = [
      ...shape.topics.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, index) => ({ topic: name, index })),
      ),
      { topic: '__consumer_offsets', index: 0 },
      { topic: '__transaction_state', index: 0 },
    ]
    const random = new Random(shape.seed)
    this.network = new Network(cluster, clock, ~shape.seed)
    this.producers = shape.producers.map((one, i) => new Producer(this, `p${i}`, random.fork(i), one))
    this.transactional = shape.transactional.map(
      (one, i) => new TransactionalProducer(this, `t${i}`, random.fork(100 + i), one),
    )
    this.consumers = shape.consumers.map((one, i) => new Consumer(this, `c${i}`, random.fork(200 + i), one))
    this.committers = Array.from(
      { length: shape.groups },
      (_, i) => new Committer(this, `g${i}`, random.fork(300 + i), `group ${i}`, shape.topics[0]?.name ?? ''),
    )
    this.group = { groupId: 'members', topic: shape.topics[0]?.name ?? '', acknowledged: -1, setbacks: [] }
    this.members = Array.from(
      { length: shape.members },
      (_, i) => new Member(this, `m${i}`, random.fork(400 + i), this.group),
    )
    for (const consumer of this.consumers) {
      for (const { name, partitions } of shape.topics) {
        for (let index = 0; index < partitions; index++) consumer.follow(name, index)
      }
    }
  }

  static async start(shape: WorldShape, trace?: string[]): Promise<World> {
    const clock = new SimClock()
    let port = 9000
    const cluster = await KafkaCluster.startOn(
      async (host, wanted) => Listener.inMemory(host, wanted === 0 ? ++port : wanted),
      {
        brokers: Array.from({ length: shape.brokers }, (_, i) => ({
          nodeId: i + 1,
          rack: RACKS[i % RACKS.length] ?? '',
        })),
        seed: shape.seed,
        clock,
        ...(shape.version === undefined ? {} : { version: shape.version }),
        config: {
          'offsets.topic.num.partitions': '1',
          'transaction.state.log.num.partitions': '1',
          'broker.session.timeout.ms': '9000',
          'group.initial.rebalance.delay.ms': '0',
          'auto.create.topics.enable': 'false',
          'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
        },
        topics: Object.fromEntries(
          shape.topics.map(({ name, partitions, replicationFactor, minInSync, unclean }) => [
            name,
            {
              partitions,
              replicationFactor,
              configs: {
                'min.insync.replicas': String(minInSync),
                'unclean.leader.election.enable': String(unclean),
              },
            },
          ]),
        ),
      },
    )
    const world = new World(shape, cluster, clock, trace)
    world.network.drain()
    return world
  }

  /** Whether what a topic has acknowledged is never lost: no leader was out of sync, and no replica wiped that had to be kept. */
  isSafe(topic: string): boolean {
    return !this.wiped && !this.shape.topics.some(({ name, unclean }) => name === topic && unclean)
  }

  /** Whether nothing that a transaction is made of is ever lost. */
  get areTransactionsSafe(): boolean {
    return this.shape.topics.every(({ name }) => this.isSafe(name))
  }

  /** Every partition that there is. */
  get partitions(): PartitionName[] {
    return this.known.filter((name) => this.image(name) !== undefined)
  }

  /** A partition as the controller has it. */
  image({ topic, index }: PartitionName): PartitionImage | undefined {
    return this.view.image.partition(topic, index)
  }

  /** A partition at its leader, where it has one that runs. */
  leading({ topic, index }: PartitionName): Partition | undefined {
    return leaderReplica(this.view, topic, index)
  }

  /** Whether the controller holds a broker for alive. */
  isAlive(nodeId: number): boolean {
    return this.view.image.isAlive(nodeId)
  }

  /** All who believe that they lead a partition. */
  leadersOf({ topic, index }: PartitionName): Partition[] {
    const leaders: Partition[] = []
    for (const { replicas } of this.view.brokers.values()) {
      const partition = replicas.find(topic, index)
      if (partition?.isLeader === true) leaders.push(partition)
    }
    return leaders
  }

  /** What a broker has of a partition on its disk. */
  log({ topic, index }: PartitionName, nodeId: number): ReplicaLog | undefined {
    const id = this.view.image.topic(topic)?.id
    return id === undefined ? undefined : this.view.diskOf(nodeId)?.find(id, index)
  }

  note(what: string): void {
    this.trace?.push(`${this.clock.now()} ${what}`)
  }

  /** Begins a start or a stop, which goes on while time does. */
  async begin(change: Promise<unknown>): Promise<void> {
    this.pending++
    void change.then(
      () => this.pending--,
      (error) => {
        this.pending--
        this.network.bugs.push(error)
      },
    )
    await this.settle()
  }

  /** Lets starts and stops that are under way go on, as far as no time is needed. */
  async settle(): Promise<void> {
    for (let round = 0; round < 12; round++) await undefined
    this.network.changed()
  }

  /** Lets time go by. */
  async advance(ms: number, until?: () => boolean): Promise<void> {
    for (let left = ms; left > 0; ) {
      const step = this.pending > 0 ? Math.min(left, 500) : left
      this.clock.advance(step, until)
      left -= step
      if (this.pending > 0) await this.settle()
      if (until?.() === true) return
    }
  }

  /** Lets go of everything. */
  async stop(): Promise<void> {
    for (const consumer of this.consumers) consumer.stop()
    await this.cluster.stop()
  }
}
