/** What scenarios ask and wait for: partitions as brokers see them. */
import { DescribeTopicPartitions } from '../../../src/protocol/messages/describe-topic-partitions.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { OffsetForLeaderEpoch } from '../../../src/protocol/messages/offset-for-leader-epoch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { batch, listing, reading, type SentWith, to } from '../cases/logs.ts'
import type { Topic, World } from '../world.ts'

/** How often a state is looked for before it is given up, and what passes between two looks, ms. */
const LOOKS = 200
const PAUSE_MS = 100

export const ALL = -1
export const LATEST = -1
export const EARLIEST = -2

/** Has values appended at a broker; not compared. */
export async function write(
  world: World,
  topic: Topic,
  values: readonly string[],
  { at, index = 0, ...more }: SentWith & { readonly at: number; readonly index?: number },
): Promise<void> {
  const sent = to(topic, batch(world, values), { index, timeoutMs: 5000, ...more })
  const { responses } = await world.arrange(Produce, sent, { from: world.clientTo(at) })
  const { errorCode } = responses[0]?.partitionResponses[0] ?? {}
  if (errorCode !== 0) throw new Error(`cannot write to ${topic.name}-${index} at broker ${at}: ${errorCode}`)
}

/** Waits until these brokers, leader or followers, have and give consumers all before an offset. */
export async function committed(
  world: World,
  topic: Topic,
  offset: number,
  { at, index = 0 }: { readonly at: readonly number[]; readonly index?: number },
): Promise<void> {
  for (const nodeId of at) {
    let seen: number | undefined
    for (let look = 0; look < LOOKS && seen !== offset; look++) {
      if (look > 0) await world.pass(PAUSE_MS)
      const { responses } = await world.arrange(Fetch, reading(topic, { index, offset }), {
        from: world.clientTo(nodeId),
      })
      seen = responses[0]?.partitions[0]?.highWatermark
    }
    if (seen !== offset)
      throw new Error(`${topic.name}-${index}: broker ${nodeId} gives all before ${seen}, not ${offset}`)
  }
}

/** Waits until a broker sees so many replicas of a partition in sync, or just these. */
export async function inSync(
  world: World,
  topic: Topic,
  { at = 1, index = 0, isr }: { readonly at?: number; readonly index?: number; readonly isr: readonly number[] },
): Promise<void> {
  const wanted = isr.toSorted().join()
  let seen = ''
  for (let look = 0; look < LOOKS; look++) {
    const { topics } = await world.arrange(
      Metadata,
      { topics: [{ name: topic.name }], allowAutoTopicCreation: false },
      { from: world.clientTo(at) },
    )
    const partition = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === index)
    seen = partition?.isrNodes.toSorted().join() ?? ''
    // One that is in sync may still be without its leader.
    if (seen === wanted && partition?.errorCode === 0) return world.settled()
    await world.pass(PAUSE_MS)
  }
  throw new Error(`${topic.name}-${index}: in sync are ${seen}, not ${wanted}`)
}

/** Has it compared what a broker tells of these topics, in every version. */
export async function describe(world: World, topics: readonly Topic[], at: number, as: string): Promise<void> {
  const from = world.clientTo(at)
  const names = topics.map(({ name }) => ({ name }))
  await world.askEach(Metadata, { topics: names, allowAutoTopicCreation: false }, { from, as })
  await world.askEach(DescribeTopicPartitions, { topics: names }, { from, as })
}

/** The body of OffsetForLeaderEpoch: where each of these epochs ends. */
export function endsOf(
  { name }: Topic,
  epochs: readonly { readonly epoch: number; readonly current?: number; readonly index?: number }[],
) {
  const partitions = epochs.map(({ epoch, current = -1, index = 0 }) => ({
    partition: index,
    currentLeaderEpoch: current,
    leaderEpoch: epoch,
  }))
  return { replicaId: -2, topics: [{ topic: name, partitions }] }
}

/** Has the ends of the log compared that a broker tells, asked in the epochs of several leaders. */
export async function seeOffsets(world: World, topic: Topic, nodeId: number, as: string): Promise<void> {
  const wanted = [-1, 0, 1, 2].map((leaderEpoch) => ({ timestamp: LATEST, leaderEpoch }))
  const from = world.clientTo(nodeId)
  for (const one of [...wanted, { timestamp: EARLIEST, leaderEpoch: -1 }]) {
    const versions = since(world, ListOffsets, one.leaderEpoch === -1 ? 0 : 4)
    const told = `${as}, ${one.timestamp} in epoch ${one.leaderEpoch}`
    await world.askEach(ListOffsets, listing(topic, [one]), { from, versions, as: told })
  }
}

/** Has it compared where each epoch ends for a broker. */
export async function seeEpochs(world: World, topic: Topic, nodeId: number, as: string): Promise<void> {
  const from = world.clientTo(nodeId)
  for (const epoch of [0, 1, 2, 3]) {
    await world.askEach(OffsetForLeaderEpoch, endsOf(topic, [{ epoch }]), { from, as: `${as}: epoch ${epoch}` })
  }
  const versions = since(world, OffsetForLeaderEpoch, 2)
  for (const current of [0, 1, 2, 3]) {
    const asked = endsOf(topic, [{ epoch: 0, current }])
    await world.askEach(OffsetForLeaderEpoch, asked, { from, versions, as: `${as}: asked in epoch ${current}` })
  }
}

/** The versions from this one on that both sides have. */
export function since(world: World, api: Parameters<World['versions']>[0], first: number) {
  const { min, max } = world.versions(api)
  return { min: Math.max(min, first), max }
}
