import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Timer } from '../../src/broker/clock.ts'
import { VirtualClock } from '../../src/broker/cluster-clock.ts'
import { Random } from '../../src/broker/random.ts'
import { KafkaCluster } from '../../src/index.ts'
import { apis } from '../../src/protocol/apis.ts'
import { decodeResponse } from '../../src/protocol/frame.ts'
import { FrameAssembler } from '../../src/protocol/frame-assembler.ts'
import type { AnyApi } from '../../src/protocol/message.ts'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { ListGroups } from '../../src/protocol/messages/list-groups.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { WireClient } from '../wire-client.ts'
import { brokenBatch, makeBatches } from './batches.ts'
import { Conversation } from './conversation.ts'
import { mutate } from './mutations.ts'
import { pick } from './pick.ts'
import { frameOf, makeSeeds, type Seeds } from './seeds.ts'
import { WellBehavedClient, wellBehavedTopic } from './well-behaved-client.ts'

/** What a run threw, and what came of it. */
export interface FuzzReport {
  readonly frames: number
  readonly answered: number
  readonly closed: number
  readonly unanswered: number
  /** Heap and buffers in bytes, garbage collected: before the cluster starts, after the last frame, and after it has stopped. */
  readonly memory: { readonly before: number; readonly loaded: number; readonly after: number }
}

export interface FuzzOptions {
  readonly seed: number
  readonly frames: number
  /** Collects garbage. */
  collect(): void
}

/** Numbers that no mutation comes upon: a broker that is unregistered leads nothing any more, as in Kafka. */
const BROKERS = [70_001, 70_002]
/** Connections at a time, each with one frame under way. */
const LANES = 16
/** So many clients that wait for an answer, or whose frame is not whole, are left waiting. */
const HANGING = 40
const TCP_SHARE = 50
/** Memory that shrinks by more than this goes on shrinking. */
const SHRUNK_BYTES = 1 << 20
/** What the frames are about. */
const topics = { fuzzed: { partitions: 3 }, 'fuzzed-compacted': { configs: { 'cleanup.policy': 'compact' } } }
const START_MS = 1_700_000_000_000

/** A clock that moves when told, and tells how many timers are set. */
class CountingClock extends VirtualClock {
  readonly pending = new Set<object>()

  override setTimer(delayMs: number, callback: () => void): Timer {
    const mark = {}
    this.pending.add(mark)
    const timer = super.setTimer(delayMs, () => {
      this.pending.delete(mark)
      callback()
    })
    return {
      cancel: () => {
        this.pending.delete(mark)
        timer.cancel()
      },
    }
  }
}

/** Everything that moves in memory has moved. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Throws mutated frames at a live cluster, most over connections in memory, some over TCP, while a client that knows
 * nothing of it goes on with its work.
 * @throws Error with the seed, and the frame in hex where one is to blame
 */
export async function fuzz({ seed, frames, collect }: FuzzOptions): Promise<FuzzReport> {
  const before = await memory(collect)
  const { loaded, ...counts } = await runOf({ seed, frames, collect })
  await settled()
  return { frames, ...counts, memory: { before, loaded, after: await memory(collect) } }
}

async function runOf({ seed, frames, collect }: FuzzOptions): Promise<Counts & { readonly loaded: number }> {
  const run = new FuzzRun(seed)
  try {
    await run.all(frames)
    const loaded = await memory(collect)
    await run.wait()
    return { ...run.counts, loaded }
  } catch (error) {
    throw new Error(`fuzzing with seed ${seed}, about frame ${run.thrown}: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    await run.stop()
  }
}

interface Counts {
  answered: number
  closed: number
  unanswered: number
}

/** A connection that is not polite. */
interface Lane {
  readonly stream: Duplex
  readonly id: string
  frame: Buffer
  answers: Buffer[]
  closed: boolean
}

class FuzzRun {
  thrown = 0
  readonly counts: Counts = { answered: 0, closed: 0, unanswered: 0 }
  private readonly seed: number
  private readonly random: Random
  private readonly clock = new CountingClock(START_MS)
  private readonly batches = makeBatches(START_MS)
  private readonly failures: string[] = []
  private readonly hanging: Lane[] = []
  private readonly conversation: Conversation
  /** How many timers were set before the first frame. */
  private timers = 0
  private cluster!: KafkaCluster
  private seeds!: Seeds
  /** The frame last thrown on each connection. */
  private readonly frameOn = new Map<string, Buffer>()

  constructor(seed: number) {
    this.seed = seed
    this.random = new Random(seed)
    this.conversation = new Conversation(this.random)
  }

  async all(frames: number): Promise<void> {
    const { clock, seed } = this
    this.cluster = await KafkaCluster.start({
      brokers: BROKERS.map((nodeId) => ({ nodeId })),
      clock,
      seed,
      topics: { ...topics, ...wellBehavedTopic },
      config: { 'group.initial.rebalance.delay.ms': '0' },
    })
    const { cluster } = this
    cluster.events.on('unhandledException', ({ error, request }) => {
      const hex = this.frameOn.get(request.connectionId)?.toString('hex')
      this.failures.push(`${request.api} v${request.version}: ${(error as Error).stack ?? error}\nframe: ${hex}`)
    })
    this.seeds = makeSeeds(seed, this.random, {
      topics: ['fuzzed', 'fuzzed', 'fuzzed-compacted', 'fuzzed-new', ''],
      topicIds: Object.keys(topics).map((name) => cluster.topic(name).id as string),
      groups: ['fuzzed-group', 'fuzzed-group', 'fuzzed-group-2', ''],
      brokers: [...BROKERS, 1],
      batches: this.batches,
    })
    const client = await WellBehavedClient.start(cluster)
    await client.turn()
    this.timers = clock.pending.size

    const overTcp = Math.floor(frames / TCP_SHARE)
    await this.inMemory(frames - overTcp, client)
    await this.overTcp(overTcp)
    await client.turn()
    await client.finish()

    for (const { stream } of this.hanging) stream.destroy()
    await settled()
    await client.turn()
    const open = cluster.network.connections.length
    if (open !== WellBehavedClient.CONNECTIONS) throw new Error(`${open} connections are open, some of nobody`)
    client.close()
    await settled()
    this.hanging.length = 0
    this.frameOn.clear()
  }

  /** Lets so much time pass that whatever was left to wait for has come, and finds that no more timers are set than before. */
  async wait(): Promise<void> {
    const { clock, cluster } = this
    await clock.advance(2 ** 31)
    this.complain()
    const wire = new WireClient(cluster.connect())
    const { groups } = await wire.send(ListGroups, 4, {})
    wire.close()
    // Offsets that a client wants to be kept for longer are looked at from time to time.
    const most = this.timers + groups.length
    if (clock.pending.size > most)
      throw new Error(`${clock.pending.size} timers are set, where ${most} are for something`)
  }

  async stop(): Promise<void> {
    await this.cluster?.stop()
  }

  private async inMemory(frames: number, client: WellBehavedClient): Promise<void> {
    let lanes: Lane[] = []
    for (let round = 1; this.thrown < frames; round++) {
      while (lanes.length < LANES) lanes.push(this.open())
      for (const lane of lanes) this.throwAt(lane)
      await settled()
      lanes = lanes.filter((lane) => this.sawThrough(lane))
      this.complain()
      if (round % 16 === 0) await this.clock.advance(50)
      if (round % 64 === 0) {
        await client.turn()
        await this.recreateTopics()
      }
    }
    for (const { stream } of lanes) stream.destroy()
    await settled()
  }

  /** What was deleted comes back, so that there is something to throw frames at. */
  private async recreateTopics(): Promise<void> {
    const missing = Object.keys(topics).filter((name) => this.cluster.topic(name).id === undefined)
    if (missing.length === 0) return
    const wire = new WireClient(this.cluster.connect())
    const wanted = missing.map((name) => ({ name, numPartitions: 3, replicationFactor: 1 }))
    await wire.send(CreateTopics, 4, { topics: wanted, timeoutMs: 1000 })
    wire.close()
  }

  private throwAt(lane: Lane): void {
    lane.frame = this.nextFrame()
    lane.answers = []
    this.frameOn.set(lane.id, lane.frame)
    this.thrown++
    lane.stream.write(lane.frame)
  }

  /** Whether the connection can be used for another frame. */
  private sawThrough(lane: Lane): boolean {
    const { frame, answers, closed } = lane
    for (const answer of answers) this.checkAnswer(frame, answer)
    if (answers.length > 0) this.counts.answered++
    else if (closed) this.counts.closed++
    else this.counts.unanswered++
    if (answers.length > 0 && !closed) return true
    if (closed) this.frameOn.delete(lane.id)
    else this.leaveHanging(lane)
    return false
  }

  private leaveHanging(lane: Lane): void {
    this.hanging.push(lane)
    if (this.hanging.length <= HANGING) return
    const [left] = this.hanging.splice(this.random.below(HANGING), 1) as [Lane]
    left.stream.destroy()
    this.frameOn.delete(left.id)
  }

  /** What is answered can be read by whoever sent that. */
  private checkAnswer(frame: Buffer, answer: Buffer): void {
    // What follows a frame on its connection may be a frame as well.
    if (frame.readInt32BE(0) !== frame.length - 4) return
    const api = apis.get(frame.readInt16BE(4)) as AnyApi
    const version = frame.readInt16BE(6)
    const { min, max } = api.versions
    const unknown = api.key === ApiVersions.key && (version < min || version > max)
    try {
      this.conversation.hear(api, decodeResponse(api, unknown ? 0 : version, answer).body)
    } catch (error) {
      throw new Error(`${(error as Error).message}\nframe: ${frame.toString('hex')}\nanswer: ${answer.toString('hex')}`)
    }
  }

  private nextFrame(): Buffer {
    const { random, seeds } = this
    const kind = random.below(20)
    if (kind === 0) return mutate(pick(random, seeds.others), random, pick(random, seeds.served))
    if (kind < 4) return this.producing(brokenBatch(pick(random, this.batches), random))
    const seed = kind < 8 ? this.conversation.next() : pick(random, seeds.served)
    return mutate(seed, random, pick(random, seeds.served))
  }

  private producing(batch: Buffer): Buffer {
    const { random } = this
    const partitionData = [{ index: pick(random, [0, 0, 0, 1, 2]), records: [batch] }]
    const topic = { name: pick(random, ['fuzzed', 'fuzzed-compacted']), partitionData }
    const body = { acks: pick(random, [-1, 1]), timeoutMs: 1000, topicData: [topic] }
    return frameOf(Produce as unknown as AnyApi, random.below(13), body, random)
  }

  private open(): Lane {
    let id = ''
    const stop = this.cluster.events.on('connection:open', ({ connectionId }) => {
      id = connectionId
    })
    const stream = this.cluster.connect(pick(this.random, BROKERS))
    stop()
    const lane: Lane = { stream, id, frame: Buffer.alloc(0), answers: [], closed: false }
    const assembler = new FrameAssembler(1 << 28)
    stream.on('data', (chunk: Buffer) => {
      assembler.push(chunk)
      for (let answer = assembler.next(); answer !== undefined; answer = assembler.next()) lane.answers.push(answer)
    })
    stream.on('error', () => {})
    stream.on('close', () => {
      lane.closed = true
    })
    return lane
  }

  /** Clients that send some frames at once and go. */
  private async overTcp(frames: number): Promise<void> {
    for (let left = frames; left > 0; left -= 10) {
      const some = Array.from({ length: Math.min(10, left) }, () => this.nextFrame())
      this.thrown += some.length
      const address = pick(this.random, this.cluster.bootstrapServers)
      const socket: Socket = connect(Number(address.split(':')[1]), '127.0.0.1')
      socket.on('error', () => {}).resume()
      const closed = new Promise((resolve) => socket.once('close', resolve))
      await once(socket, 'connect')
      socket.end(Buffer.concat(some))
      const passing = this.passTime()
      await Promise.race([closed, passing])
      socket.destroy()
      // No time is left to pass when the cluster is gone.
      await passing
      this.complain()
    }
    while (this.cluster.network.connections.length > WellBehavedClient.CONNECTIONS + this.hanging.length)
      await this.passTime()
  }

  private async passTime(): Promise<void> {
    for (let turns = 0; turns < 20; turns++) await settled()
    await this.clock.advance(1000)
  }

  private complain(): void {
    if (this.failures.length > 0) throw new Error(this.failures.join('\n'))
  }
}

/** Heap and buffers in bytes. What codecs and sockets hold outside of the heap is let go bit by bit, so it takes a few goes. */
async function memory(collect: () => void): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let goes = 0; goes < 5; goes++) {
    collect()
    await settled()
    const { heapUsed, external } = process.memoryUsage()
    if (heapUsed + external < least - SHRUNK_BYTES) goes = 0
    least = Math.min(least, heapUsed + external)
  }
  return least
}
