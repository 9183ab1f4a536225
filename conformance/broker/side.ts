/** The two sides of a comparison, as a script sees them: a cluster that can be connected to, and its time. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { KafkaCluster } from '../../src/index.ts'
import { AlterClientQuotas } from '../../src/protocol/messages/alter-client-quotas.ts'
import { DescribeClientQuotas } from '../../src/protocol/messages/describe-client-quotas.ts'
import { WireClient } from '../../test/wire-client.ts'

/** How an answer was waited for. */
export interface Waited<T> {
  /** undefined: it did not come within the limit. */
  readonly answer: T | undefined
  /** Whether time had to pass before it came. */
  readonly waited: boolean
}

export interface Side {
  readonly name: string
  /** How many brokers there are; their node ids begin at 1. */
  readonly brokers: number
  /** Its time, ms since the epoch. */
  now(): number
  connect(nodeId: number): Promise<Duplex>
  /** Waits for an answer, at most so many ms of the side's time. Virtual time does not run on before it is wanted. */
  await<T>(answer: Promise<T>, limitMs: number, wanted: Promise<void>): Promise<Waited<T>>
  /** Lets so many ms pass. */
  pass(ms: number): Promise<void>
  /** Waits until all is done that is under way and needs no time. */
  quiet(): Promise<void>
  /** Waits until every broker knows what the metadata log has. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** What a request that is answered at once may take on a busy machine, ms; scripts have requests wait for longer. */
const AT_ONCE_MS = 300

/** What real brokers are given to do what is under way, ms: nothing tells when they have. */
const QUIET_MS = 150

/** Brokers of a real cluster, in the order of their node ids, the first of which is 1. */
export async function realSide(name: string, addresses: readonly string[]): Promise<Side> {
  const clients = await Promise.all(addresses.map((address) => WireClient.to(address)))
  let settlements = 0

  /** Has a quota changed and waits until a broker tells it: what was in the metadata log before has reached that broker. */
  async function settle(): Promise<void> {
    settlements++
    const value = settlements
    const entity = [{ entityType: 'client-id', entityName: 'settled' }]
    const ops = [{ key: 'request_percentage', value }]
    await clients[0]?.send(AlterClientQuotas, 1, { entries: [{ entity, ops }] })
    const components = [{ entityType: 'client-id', matchType: 0, match: 'settled' }]
    for (const client of clients) {
      for (;;) {
        const { entries } = await client.send(DescribeClientQuotas, 1, { components, strict: true })
        if (entries?.[0]?.values[0]?.value === value) break
        await delay(5)
      }
    }
  }

  return {
    name,
    brokers: addresses.length,
    now: () => Date.now(),
    connect: async (nodeId) => {
      const address = addresses[nodeId - 1] as string
      const at = address.lastIndexOf(':')
      const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)), noDelay: true })
      await once(socket, 'connect')
      return socket
    },
    await: async (answer, limitMs, wanted) => {
      const start = performance.now()
      const limit = new AbortController()
      const late = wanted.then(() => delay(limitMs, undefined, { signal: limit.signal })).catch(() => undefined)
      try {
        const first = await Promise.race([answer, late])
        return { answer: first ?? undefined, waited: performance.now() - start > AT_ONCE_MS }
      } finally {
        limit.abort()
      }
    },
    pass: (ms) => delay(ms),
    quiet: async () => {
      await delay(QUIET_MS)
      // On a busy machine that takes longer, and what it is waited for does too.
      await settle()
    },
    // What a broker tells first it may still be acting on; the second change waits for that.
    settled: async () => {
      await settle()
      await settle()
    },
    stop: async () => {
      for (const client of clients) client.close()
    },
  }
}

/** What both sides are started with, so that no case has to wait for long or to bring many members. */
export const BROKER_CONFIGS: Readonly<Record<string, string>> = {
  'group.min.session.timeout.ms': '1000',
  'group.max.size': '4',
  // An empty group is not taken away in the middle of a case.
  'offsets.retention.check.interval.ms': '86400000',
  // A transaction that has timed out is aborted soon.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
}

/** What memkafka is given so that it does what Kafka does: every deliberate difference that has a switch is switched back. */
const KAFKAS_WAY: Readonly<Record<string, string>> = {
  'memkafka.auto.create.topics.at.once': 'false',
  'memkafka.validate.compressed.records': 'true',
  // What real brokers are started with here.
  'group.initial.rebalance.delay.ms': '0',
}

/** memkafka, passing for a release, on virtual time and connections in memory. */
export async function ownSide(version: string, brokers: number): Promise<Side> {
  const config = { ...KAFKAS_WAY, ...BROKER_CONFIGS }
  const cluster = await KafkaCluster.start({ version, brokers, clock: 'virtual', config })
  const { clock } = cluster

  /** A request goes there in one turn, its answer comes back in the next. */
  async function settle(): Promise<void> {
    await clock.advance(0)
    await clock.advance(0)
  }

  return {
    name: `memkafka as ${version}`,
    brokers,
    now: () => clock.now(),
    connect: async (nodeId) => cluster.connect(nodeId),
    await: async <T>(answer: Promise<T>, limitMs: number, wanted: Promise<void>): Promise<Waited<T>> => {
      let came: { answer: T } | { error: unknown } | undefined
      answer.then(
        (value) => {
          came = { answer: value }
        },
        (error) => {
          came = { error }
        },
      )
      await settle()
      const waited = came === undefined
      if (waited) {
        await wanted
        let late = false
        const timer = clock.setTimer(limitMs, () => {
          late = true
        })
        await clock.runUntil(() => came !== undefined || late)
        timer.cancel()
      }
      const seen = came as { answer: T } | { error: unknown } | undefined
      if (seen !== undefined && 'error' in seen) throw seen.error
      return { answer: seen?.answer, waited }
    },
    pass: (ms) => clock.advance(ms),
    quiet: settle,
    settled: settle,
    stop: () => cluster.stop(),
  }
}
