/** The steps of ../steps.ts with a transactional producer. */
import { randomUUID } from 'node:crypto'
import { Journal } from './journal.js'
import { expect, notOffered, step } from './steps.js'

/** @typedef {import('./story.js').Client} Client */
/** @typedef {import('./story.js').Record} Record */
/** @typedef {import('./story.js').Writer} Writer */

const PARTITIONS = 4
const RECORDS = 10

/** Which the broker allows, and that suffices for what is sent before it is over. */
const SHORT_TIMEOUT_MS = 1500

/** @type {import('../steps.ts').Step[]} */
const STEPS = ['transaction', 'abort', 'transform', 'fenced', 'timeout']

/**
 * @param {Client} client
 * @param {(topic: string) => Promise<unknown>} created makes a topic
 */
export async function transactions(client, created) {
  const { writer } = client
  if (writer === undefined || client.no.transaction !== undefined) {
    for (const name of STEPS) notOffered(name, client.no.transaction ?? 'it has no transactions')
    return
  }
  const topic = `transfers-${randomUUID()}`
  const id = `till-${randomUUID()}`
  /** What a reader sees that waits for commits, and one that does not. */
  const committed = new Journal()
  const all = new Journal()
  /** @type {import('./story.js').Member[]} */
  const readers = []
  /** @type {Record[]} that are to be seen by the first */
  const sent = []
  /** @type {Record[]} by the other */
  const everything = []
  const till = await writer({ id })
  const plain = await writer()

  /** Sends records in a transaction, which stays open, and waits until they can be seen without its end. */
  const write = async (/** @type {Writer} */ by, /** @type {string} */ name) => {
    const placed = await by.send(topic, made(name))
    everything.push(...placed)
    await all.sees(everything)
    return placed
  }
  const commit = async (/** @type {Writer} */ by, /** @type {Record[]} */ placed) => {
    await by.commit()
    sent.push(...placed)
    await committed.sees(sent)
  }

  await step('transaction', async () => {
    await created(topic)
    readers.push(
      await client.join(`auditors-${randomUUID()}`, topic, (record) => committed.add(record)),
      await client.join(`watchers-${randomUUID()}`, topic, (record) => all.add(record), { uncommitted: true }),
    )
    await till.begin()
    const first = await write(till, 'first')
    const second = await write(till, 'second')
    expect('what is read before the commit', committed.records, [])
    await commit(till, [...first, ...second])
    return `${sent.length} records`
  })
  await step('abort', async () => {
    await till.begin()
    await write(till, 'aborted')
    await till.abort()
    await till.begin()
    await commit(till, await write(till, 'kept'))
    return 'only what was committed after it is read'
  })
  await step('transform', () => transform(client, plain, created))
  await step('fenced', async () => {
    await till.begin()
    await write(till, 'fenced')
    const other = await writer({ id })
    await other.begin()
    // Only then is the first one asked: some take its refusal for a lost epoch, and ask for a new one, which ends what is open.
    await commit(other, await write(other, 'fencing'))
    const refused = await refusal(async () => {
      await till.send(topic, made('late'))
      await till.commit()
    })
    await other.close()
    return refused
  })
  await till.close().catch(() => {})
  await step('timeout', async () => {
    const late = await writer({ id: `late-${randomUUID()}`, timeoutMs: SHORT_TIMEOUT_MS })
    await late.begin()
    await write(late, 'forgotten')
    // What comes after an open transaction is read when that has ended.
    const placed = await plain.send(topic, made('next'))
    everything.push(...placed)
    sent.push(...placed)
    await committed.sees(sent)
    const refused = await refusal(() => late.commit())
    await late.close().catch(() => {})
    return refused
  })
  for (const reader of readers) await reader.leave()
  await plain.close()
}

/**
 * Records are read and others written, in one transaction with the offsets of those that were read.
 * @param {Client} client @param {Writer} plain which is not transactional @param {(topic: string) => Promise<unknown>} created
 */
async function transform(client, plain, created) {
  const source = `prices-${randomUUID()}`
  const target = `doubled-${randomUUID()}`
  const group = `doublers-${randomUUID()}`
  const id = `doubler-${randomUUID()}`
  await Promise.all([created(source), created(target)])
  const results = new Journal()
  const reader = await client.join(`buyers-${randomUUID()}`, target, (record) => results.add(record))
  /** @type {Record[]} */
  const prices = []
  /** @type {Record[]} */
  const doubled = []

  const add = async (/** @type {string} */ name) => {
    const placed = await plain.send(source, made(name))
    prices.push(...placed)
    return placed
  }
  /** A new member takes what is there from where the group has committed; it has to be just these. */
  const work = async (/** @type {Record[]} */ expected, /** @type {'commit' | 'abort'} */ end) => {
    const read = new Journal()
    const writer = /** @type {Writer} */ (await client.writer?.({ id }))
    const member = await client.join(group, source, (record) => read.add(record))
    await read.sees(expected)
    await writer.begin()
    const placed = await writer.send(
      target,
      read.records.map(({ key, value, timestamp }) => ({ key, value: `${value}, twice`, timestamp })),
    )
    await writer.sendOffsets(member, group, source, read.ends())
    await writer[end]()
    await member.leave()
    await writer.close()
    return placed
  }

  const first = await add('first')
  await work(first, 'abort')
  doubled.push(...(await work(first, 'commit')))
  await results.sees(doubled)
  doubled.push(...(await work(await add('second'), 'commit')))
  await results.sees(doubled)
  await reader.leave()
  return `${prices.length} records`
}

/**
 * Why something cannot be done.
 * @param {() => Promise<unknown>} does
 */
async function refusal(does) {
  const refused = await does().then(
    () => undefined,
    (error) => error,
  )
  if (refused === undefined) throw new Error('the producer was not refused')
  return `refused: ${refused.message}`
}

/**
 * Some for each partition.
 * @param {string} name @returns {Record[]}
 */
function made(name) {
  const now = Date.now()
  return Array.from({ length: RECORDS }, (_, index) => {
    return { key: `${name}-${index}`, value: `${name} of ${index}`, timestamp: now, partition: index % PARTITIONS }
  })
}
