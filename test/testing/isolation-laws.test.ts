import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { errorName } from '../../src/protocol/errors.ts'
import { DescribeGroups } from '../../src/protocol/messages/describe-groups.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Heartbeat } from '../../src/protocol/messages/heartbeat.ts'
import { InitProducerId } from '../../src/protocol/messages/init-producer-id.ts'
import { OffsetCommit } from '../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../src/protocol/messages/offset-fetch.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { type AnyPredicate, KafkaResponse, kafka } from '../../src/testing/index.ts'
import { WireClient } from '../wire-client.ts'
import { requestOf } from './fixture.ts'

const CLIENTS = ['billing', 'shipping']
const NODES = [1, 2]
const TOPICS = ['orders', 'bills']
const PARTITIONS = [0, 1]
const GROUPS = ['g1', 'g2']
const MEMBERS = ['m1', 'm2']
const IDS = ['t1', 't2']
const VERSIONS = [8, 9]

/** What a line of an answer is about: what it does not name is undefined. */
type About = { readonly [name in keyof AnyPredicate]?: string | number }

/** One thing that was asked for, and what was said of it. */
interface Line {
  readonly about: About
  readonly told: string
}

interface Asker {
  readonly wire: WireClient
  readonly clientId: string
  readonly node: number
}

const PAIRS = TOPICS.flatMap((topic) => PARTITIONS.map((partition) => ({ topic, partition })))

/** Requests that name each thing by itself and together with others, as one line for each thing asked for. */
const questions: readonly ((asker: Asker) => Promise<Line[]>)[] = [
  ...VERSIONS.map((version) => async ({ wire, clientId }: Asker) => {
    const wanted = Object.fromEntries(TOPICS.map((topic) => [topic, PARTITIONS]))
    const { responses } = await wire.send(Produce, version, requestOf(wanted, 1), clientId)
    return responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode }) => line({ version, topic: name, partition: index }, errorCode)),
    )
  }),
  ...GROUPS.flatMap((group) =>
    MEMBERS.map((member) => async ({ wire, clientId }: Asker) => {
      const { errorCode } = await wire.send(Heartbeat, 4, { groupId: group, memberId: member }, clientId)
      return [line({ version: 4, group, member }, errorCode)]
    }),
  ),
  ...GROUPS.map((group) => async ({ wire, clientId }: Asker) => {
    const partitions = PARTITIONS.map((partitionIndex) => ({ partitionIndex, committedOffset: 1 }))
    const request = { groupId: group, memberId: 'm1', topics: TOPICS.map((name) => ({ name, partitions })) }
    const { topics } = await wire.send(OffsetCommit, 8, request, clientId)
    return topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) =>
        line({ version: 8, group, member: 'm1', topic: name, partition: partitionIndex }, errorCode),
      ),
    )
  }),
  async ({ wire, clientId }) => {
    const topics = TOPICS.map((name) => ({ name, partitionIndexes: PARTITIONS }))
    const { groups } = await wire.send(
      OffsetFetch,
      8,
      { groups: GROUPS.map((groupId) => ({ groupId, topics })) },
      clientId,
    )
    return groups.flatMap(({ groupId: group, errorCode, topics }) =>
      PAIRS.map(({ topic, partition }) => {
        const found = topics
          .find(({ name }) => name === topic)
          ?.partitions.find((one) => one.partitionIndex === partition)
        return line({ version: 8, group, topic, partition }, errorCode || (found?.errorCode ?? -1))
      }),
    )
  },
  async ({ wire, clientId }) => {
    const { groups } = await wire.send(DescribeGroups, 5, { groups: GROUPS }, clientId)
    return groups.map(({ groupId: group, errorCode }) => line({ version: 5, group }, errorCode))
  },
  async ({ wire, clientId }) => {
    const { coordinators } = await wire.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: GROUPS }, clientId)
    return coordinators.map(({ key: group, errorCode }) => line({ version: 4, group }, errorCode))
  },
  async ({ wire, clientId }) => {
    const { coordinators } = await wire.send(FindCoordinator, 4, { keyType: 1, coordinatorKeys: IDS }, clientId)
    return coordinators.map(({ key: transactionalId, errorCode }) => line({ version: 4, transactionalId }, errorCode))
  },
  ...IDS.map((transactionalId) => async ({ wire, clientId }: Asker) => {
    const request = { transactionalId, transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 }
    const { errorCode } = await wire.send(InitProducerId, 4, request, clientId)
    return [line({ version: 4, transactionalId }, errorCode)]
  }),
]

function line(about: About, errorCode: number): Line {
  return { about, told: errorName(errorCode) }
}

/** All that two clients at two brokers hear. */
async function heard(cluster: KafkaCluster): Promise<Line[]> {
  const lines: Line[] = []
  for (const node of NODES) {
    for (const clientId of CLIENTS) {
      const asker = { wire: new WireClient(cluster.connect(node)), clientId, node }
      for (const ask of questions) {
        for (const { about, told } of await ask(asker)) lines.push({ about: { ...about, clientId, node }, told })
      }
    }
  }
  return lines
}

const some = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 1 })

const predicates: fc.Arbitrary<AnyPredicate> = fc
  .record({
    clientId: some(...CLIENTS),
    node: some(...NODES),
    version: some(4, 5, ...VERSIONS),
    topic: some(...TOPICS),
    partition: some(...PARTITIONS),
    group: some(...GROUPS),
    member: some(...MEMBERS),
    transactionalId: some(...IDS),
  })
  .chain((all) =>
    fc
      .subarray(Object.keys(all) as (keyof AnyPredicate)[], { maxLength: 3 })
      .map((names) =>
        Object.fromEntries(names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]]))),
      ),
  )

test('a fault is seen by whom it is about, and by nobody else, whatever it goes by', async () => {
  const start = () =>
    KafkaCluster.start({
      brokers: 2,
      seed: 3,
      clock: 'virtual',
      topics: Object.fromEntries(TOPICS.map((name) => [name, { partitions: PARTITIONS.length, replicationFactor: 2 }])),
    })
  await using plain = await start()
  const before = await heard(plain)
  expect(new Set(before.map(({ told }) => told))).not.toContain('KAFKA_STORAGE_ERROR')
  let seen = 0
  await fc.assert(
    fc.asyncProperty(predicates, async (predicate) => {
      await using cluster = await start()
      cluster.use(kafka.all(predicate, () => KafkaResponse.error('KAFKA_STORAGE_ERROR')))
      const names = Object.keys(predicate) as (keyof AnyPredicate)[]
      const isAbout = ({ about }: Line) => names.every((name) => about[name] === predicate[name])
      const expected = before.map((one) => (isAbout(one) ? { ...one, told: 'KAFKA_STORAGE_ERROR' } : one))
      expect(await heard(cluster)).toEqual(expected)
      seen += expected.filter(({ told }) => told === 'KAFKA_STORAGE_ERROR').length
    }),
    { numRuns: 60 },
  )
  // A law of which nothing would ever be a case says nothing.
  expect(seen).toBeGreaterThan(100)
})
