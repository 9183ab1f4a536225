import { randomUUID } from 'node:crypto'
import { expect, onTestFailed } from 'vitest'
import type { Client, ConsumedRecord, OutgoingRecord, Session } from './client.ts'
import type { RunningCluster } from './cluster.ts'
import { Journal } from './journal.ts'
import { expectExactlyOnce, RECORDS_PER_CODEC, record } from './records.ts'
import { join, start } from './sessions.ts'

const PARTITIONS = 4

/**
 * A day in the life of a consumer group: two members share a topic, one leaves, the other is restarted
 * and goes on where it last committed.
 */
export async function liveThroughARestart(client: Client, cluster: RunningCluster): Promise<void> {
  const run = randomUUID()
  const topic = `orders-${run}`
  const groupId = `billing-${run}`
  const sent = new Map<string, OutgoingRecord>()

  const session = await start(client, cluster)
  await session.createTopic(topic, PARTITIONS, cluster.bootstrapServers.length)
  await cluster.knows(topic)

  const group = new Journal()
  onTestFailed(() => console.error(`${client.name}: ${group.describe()}`))
  const [first, second] = await Promise.all([
    join(session, groupId, topic, group.of('first')),
    join(session, groupId, topic, group.of('second')),
  ])
  await group.until('two members to share the partitions', () => areShared(group.ownership(), 2))

  await produceWithEveryCodec(client, session, topic, 'early', sent)
  await group.until('every record to be read', () => group.records.length >= sent.size)
  expectExactlyOnce(group.records, sent, client)
  const early = group.ends()
  expect([...early.keys()].sort(), 'partitions with records').toEqual([0, 1, 2, 3])

  await Promise.all([
    first.commit(within(early, group.owned('first'))),
    second.commit(within(early, group.owned('second'))),
  ])
  await second.leave()
  group.left('second')
  await group.until('the other member to take over', () => areShared(group.ownership(), 1))

  await produceWithEveryCodec(client, session, topic, 'late', sent)
  await group.until('every later record to be read', () => group.records.length >= sent.size)
  expectExactlyOnce(group.records, sent, client)

  const committed = halfWay(early, group.ends())
  await first.commit(committed)
  await first.leave()
  await session.close()

  const restarted = await start(client, cluster)
  const resumed = new Journal()
  onTestFailed(() => console.error(`${client.name}, restarted: ${resumed.describe()}`))
  const unprocessed = group.records.filter(({ partition, offset }) => offset >= (committed.get(partition) ?? 0))
  const again = await join(restarted, groupId, topic, resumed.of('restarted'))
  await resumed.until('what was not committed to be read again', () => resumed.records.length >= unprocessed.length)
  expect(firstOffsets(resumed.records)).toEqual(committed)
  expect(inOrder(resumed.records)).toEqual(inOrder(unprocessed))

  await produceWithEveryCodec(client, restarted, topic, 'new', sent)
  const total = sent.size - (group.records.length - unprocessed.length)
  await resumed.until('new records to be read', () => resumed.records.length >= total)
  const processed = group.records.filter(({ partition, offset }) => offset < (committed.get(partition) ?? 0))
  expectExactlyOnce([...processed, ...resumed.records], sent, client)
  await again.leave()
  await restarted.close()
}

async function produceWithEveryCodec(
  client: Client,
  session: Session,
  topic: string,
  wave: string,
  sent: Map<string, OutgoingRecord>,
): Promise<void> {
  for (const codec of client.codecs) {
    const records = Array.from({ length: RECORDS_PER_CODEC }, (_, index) => record(`${wave}-${codec}-${index}`, index))
    await session.produce(topic, codec, records)
    for (const each of records) sent.set(each.key, each)
  }
}

function areShared(ownership: readonly ReadonlySet<number>[], members: number): boolean {
  const all = ownership.flatMap((owned) => [...owned])
  return ownership.length === members && all.length === PARTITIONS && new Set(all).size === PARTITIONS
}

function within(ends: ReadonlyMap<number, number>, owned: ReadonlySet<number>): Map<number, number> {
  return new Map([...ends].filter(([partition]) => owned.has(partition)))
}

function halfWay(from: ReadonlyMap<number, number>, to: ReadonlyMap<number, number>): Map<number, number> {
  return new Map([...to].map(([partition, end]) => [partition, Math.floor(((from.get(partition) ?? 0) + end) / 2)]))
}

function firstOffsets(records: readonly ConsumedRecord[]): Map<number, number> {
  const first = new Map<number, number>()
  for (const { partition, offset } of records) if (!first.has(partition)) first.set(partition, offset)
  return first
}

/** Partition by partition; within one, as it was read. */
function inOrder(records: readonly ConsumedRecord[]): ConsumedRecord[] {
  return records.toSorted((a, b) => a.partition - b.partition)
}
