import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import type { ErrorName } from '../../src/protocol/errors.ts'
import { Fetch, type FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'
import { batchOf } from '../broker/batches.ts'
import { WireClient } from '../wire-client.ts'
import { fetchedOf, produce, type Wanted } from './fixture.ts'

const TOPICS = ['orders', 'bills']
const PARTITIONS = [0, 1, 2]
const topics = Object.fromEntries(TOPICS.map((name) => [name, { partitions: PARTITIONS.length }]))

/** What a handler is about, and what it says: an error, that it passes, or nothing. */
interface Rule {
  readonly topic: string | undefined
  readonly partition: number | undefined
  readonly says: ErrorName | 'passthrough' | undefined
}

const rule: fc.Arbitrary<Rule> = fc.record({
  topic: fc.option(fc.constantFrom(...TOPICS), { nil: undefined }),
  partition: fc.option(fc.constantFrom(...PARTITIONS), { nil: undefined }),
  says: fc.constantFrom<Rule['says']>(
    'NOT_LEADER_OR_FOLLOWER',
    'CORRUPT_MESSAGE',
    'REQUEST_TIMED_OUT',
    'passthrough',
    undefined,
  ),
})

const wanted: fc.Arbitrary<Wanted> = fc.record({
  orders: fc.subarray(PARTITIONS, { minLength: 1 }),
  bills: fc.subarray(PARTITIONS, { minLength: 1 }),
})

const handlerOf = ({ topic, partition, says }: Rule, slowly: boolean) =>
  kafka.produce({ ...(topic && { topic }), ...(partition !== undefined && { partition }) }, ({ passthrough }) => {
    const said = says === undefined ? undefined : says === 'passthrough' ? passthrough() : KafkaResponse.error(says)
    return slowly ? Promise.resolve(said) : said
  })

describe('whatever handlers there are', () => {
  test('each partition is told what the newest says that is about it, and is written unless that refuses it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(rule, fc.boolean()), { maxLength: 5 }), wanted, async (rules, asked) => {
        await using cluster = await KafkaCluster.start({ topics })
        cluster.use(...rules.map(([one, slowly]) => handlerOf(one, slowly)))
        const client = new WireClient(cluster.connect())
        const entries = Object.entries(asked).flatMap(([topic, partitions]) =>
          partitions.map((partition) => {
            const [first] = rules.flatMap(([one]) => {
              const isAbout =
                (one.topic ?? topic) === topic && (one.partition ?? partition) === partition && one.says !== undefined
              return isAbout ? [one.says] : []
            })
            const error = first === undefined || first === 'passthrough' ? 'NONE' : first
            return { topic, partition, error }
          }),
        )
        const told = await produce(client, asked)
        expect(told).toEqual(entries.map(({ topic, partition, error }) => `${topic}/${partition} ${error}`))
        for (const { topic, partition, error } of entries) {
          const isWritten = error === 'NONE' || error === 'REQUEST_TIMED_OUT'
          expect(cluster.partition(topic, partition).logEndOffset).toBe(isWritten ? 1 : 0)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a fetch session', () => {
  /** What a client does next: it writes to a partition, or fetches, with or without an error for some of what it has. */
  const step = fc.oneof(
    fc.record({ write: fc.constantFrom(...PARTITIONS) }),
    fc.record({
      fails: fc.subarray(PARTITIONS),
      names: fc.subarray(PARTITIONS),
      forgets: fc.subarray(PARTITIONS),
    }),
  )

  test('is the same after errors as without them, and so is what is told of all other partitions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const start = () => KafkaCluster.start({ topics, clock: 'virtual', seed: 5 })
        await using plain = await start()
        await using faulty = await start()
        const clients = [plain, faulty].map((cluster) => new WireClient(cluster.connect()))
        const records = [batchOf(1)]
        let sessionId = 0
        let sessionEpoch = 0
        const fetch = async (names: readonly number[], forgets: readonly number[]): Promise<FetchResponse[]> => {
          const topic = (partitions: readonly number[]) =>
            partitions.map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 10_000 }))
          const answers = await Promise.all(
            clients.map((client) =>
              client.send(Fetch, 12, {
                maxWaitMs: 0,
                sessionId,
                sessionEpoch,
                topics: names.length === 0 ? [] : [{ topic: 'orders', partitions: topic(names) }],
                forgottenTopicsData: forgets.length === 0 ? [] : [{ topic: 'orders', partitions: forgets }],
              }),
            ),
          )
          sessionId = answers[0]?.sessionId ?? 0
          sessionEpoch++
          return answers
        }
        await fetch(PARTITIONS, [])
        let has = new Set(PARTITIONS)
        for (const one of steps) {
          if ('write' in one) {
            const topicData = [{ name: 'orders', partitionData: [{ index: one.write, records }] }]
            for (const client of clients) await client.send(Produce, 9, { acks: 1, topicData })
            continue
          }
          const names = one.names.filter((partition) => !one.forgets.includes(partition))
          const left = new Set([...has, ...names].filter((partition) => !one.forgets.includes(partition)))
          // The last one would end the session.
          if (left.size === 0) continue
          has = left
          faulty.use(
            ...one.fails.map((partition) =>
              kafka.fetch({ topic: 'orders', partition }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')),
            ),
          )
          const [before, after] = (await fetch(names, one.forgets)).map(fetchedOf)
          faulty.resetHandlers()
          const fails = one.fails.filter((partition) => has.has(partition)).map((partition) => `orders/${partition}`)
          const others = (told: string[] | undefined) =>
            told?.filter((line) => !fails.includes(line.split(' ')[0] ?? ''))
          expect(others(after)).toEqual(others(before))
          expect(after?.filter((line) => line.endsWith('NOT_LEADER_OR_FOLLOWER')).sort()).toEqual(
            fails.map((name) => `${name} NOT_LEADER_OR_FOLLOWER`),
          )
        }
        const [before, after] = await fetch([], [])
        expect(after).toEqual(before)
      }),
      { numRuns: 60 },
    )
  })
})
