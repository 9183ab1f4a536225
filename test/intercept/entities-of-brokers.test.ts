import { describe, expect, onTestFinished, test } from 'vitest'
import { handlersByKey } from '../../src/broker/apis/handlers.ts'
import { KafkaCluster } from '../../src/index.ts'
import { changedAt, entitiesIn } from '../../src/intercept/answer-entries.ts'
import type { Dimension, Entity } from '../../src/intercept/entity.ts'
import { EntityLayout, type Struct } from '../../src/intercept/entity-layout.ts'
import { ENTITY_PREDICATES, type EntityPredicate, isAbout } from '../../src/intercept/entity-predicate.ts'
import { madeHandler } from '../../src/intercept/made-handler.ts'
import { entriesOf, keyOf, type Names } from '../../src/intercept/request-entries.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import type { AnyApi, Input } from '../../src/protocol/message.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { hasVersion } from '../../src/protocol/schema.ts'
import { KafkaResponse } from '../../src/testing/index.ts'
import { batchOf } from '../broker/batches.ts'
import { WireClient } from '../wire-client.ts'

const TOPICS = ['orders', 'bills', 'unknown']
const NAMED: Partial<Record<Dimension, readonly unknown[]>> = {
  partition: [0, 1, 7],
  producerId: [3, 4],
  resourceType: [2],
  resourceName: TOPICS,
  instance: [null],
  feature: ['metadata.version'],
}

const served = [...handlersByKey.values()].map(({ api }) => api as unknown as AnyApi)
const versionsOf = ({ versions }: AnyApi) =>
  Array.from({ length: versions.max - versions.min + 1 }, (_, i) => versions.min + i)

/** A request that names a few things, some that are there and some that are not. */
function requestOf(layout: EntityLayout, ids: Readonly<Record<string, string>>): Struct {
  const { api, version } = layout
  const list = (depth: number): unknown[] => {
    const level = layout.request[depth]
    if (level === undefined) return []
    const [first] = level.namings
    const values = (dimension: Dimension): readonly unknown[] => {
      if (dimension === 'topicId') return TOPICS.map((name) => ids[name])
      return dimension === 'topic' ? TOPICS : (NAMED[dimension] ?? ['a', 'b', 'c'])
    }
    const all = level.namings.length > 1 ? level.namings.find(({ dimension }) => dimension !== 'resourceType') : first
    return values((all ?? first)?.dimension as Dimension).map((value, i) => {
      if (level.isPlain) return value
      const element: Record<string, unknown> = {}
      for (const { dimension, field } of level.namings) {
        const own = values(dimension)
        // A topic is named in one way.
        if (dimension === 'topicId' && level.namings.some((naming) => naming.dimension === 'topic')) continue
        element[field] = own[i % own.length]
      }
      const inner = layout.request[depth + 1]
      if (inner !== undefined) element[inner.list] = list(depth + 1)
      if (api.name === 'Produce') return { ...element, records: [batchOf(1)] }
      return api.name === 'CreateTopics' ? { ...element, numPartitions: 1, replicationFactor: 1 } : element
    })
  }
  const body: Record<string, unknown> = {}
  for (const { field } of layout.whole) body[field] = field.startsWith('group') ? 'a' : 't'
  if (api.name === 'Produce') Object.assign(body, { acks: 1, transactionalId: null })
  if (hasVersion(api.request.fields.groupInstanceId?.nullable ?? { min: 0, max: -1 }, version))
    body.groupInstanceId = null
  const [outermost] = layout.request
  return outermost === undefined ? body : { ...body, [outermost.list]: list(0) }
}

describe('an error for one thing in a request leaves all others as this broker answers them', () => {
  test.each(served.map((api) => [api.name, api] as const))('%s', async (_, api) => {
    const start = async () => {
      // The clock stands: what is answered of time is the same.
      const cluster = await KafkaCluster.start({ topics: { orders: { partitions: 2 }, bills: {} }, clock: 'virtual' })
      onTestFinished(() => cluster.stop())
      const client = new WireClient(cluster.connect())
      await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['a'] })
      return { cluster, client }
    }
    // All that is not to fail has the same history on both.
    const [plain, faulty] = [await start(), await start()]
    for (const version of versionsOf(api)) {
      const { topics } = await plain.client.send(Metadata, 12, { topics: null })
      const ids = Object.fromEntries(topics.map(({ name, topicId }) => [name, topicId]))
      const names: Names = {
        topicName: (id) => topics.find(({ topicId }) => topicId === id)?.name ?? undefined,
        topicId: (name) => ids[name],
        fetchSession: () => undefined,
      }
      const layout = new EntityLayout(api, version)
      const request = requestOf(layout, { ...ids, unknown: 'AAAAAAAAAAAAAAAAAAAAQQ' })
      const body = api.request.decode(api.request.encode(request, version), version) as Struct
      const entries = entriesOf(layout, body, names)
      if (layout.request.length === 0 || entries.length < 2) continue
      // Where no entry carries an error, the answer itself does; where entries are of log directories, no request names them.
      if (layout.answer.every(({ error }) => error === undefined)) continue
      if (api.name === 'DescribeLogDirs') continue
      const failing = entries[0]?.entity as Entity
      const inLists = new Set(layout.request.flatMap(({ keys }) => [...keys]))
      const predicate = Object.fromEntries(
        ENTITY_PREDICATES.filter(
          (name) =>
            inLists.has(name as Dimension) ||
            (name !== 'partition' && (inLists.has('key') || inLists.has('resourceName'))),
        )
          .map((name) => [name, failing[name as Dimension]])
          .filter(([, value]) => value !== undefined),
      ) as EntityPredicate
      if (Object.keys(predicate).length === 0) continue
      const handler = madeHandler({
        word: api.name,
        madeBy: () => undefined,
        api,
        predicate,
        resolver: () => KafkaResponse.error('UNKNOWN_SERVER_ERROR'),
      })
      const remove = faulty.cluster.use(handler)
      const ask = ({ client }: typeof plain) =>
        client.send(api, version, body as Input<object>, 'test') as Promise<Struct>
      const [expected, actual] = [await ask(plain), await ask(faulty)]
      expect(faulty.cluster.calls(handler), `v${version}`).toHaveLength(1)
      remove()

      // A broker that refuses the whole request says no more, to nobody.
      if (layout.error !== undefined && (expected[layout.error] ?? 0) !== 0) {
        expect(actual, `v${version}`).toEqual(expected)
        continue
      }
      const depth = layout.errorDepth('UNKNOWN_SERVER_ERROR', layout.depthOf(inLists), () => true) as number
      const path = layout.answer.slice(0, depth)
      const bad = entries.filter(({ entity }) => isAbout(predicate, entity)).map(({ entity }) => keyOf(path, entity))
      const told = (answer: Struct) => {
        const entities = new Map<string, Struct>()
        changedAt(layout, body, answer, depth, names, (entity, element) => {
          // The clusters listen on ports of their own.
          entities.set(keyOf(path, entity), { ...element, port: 0 })
          return element
        })
        return entities
      }
      const [before, after] = [told(expected), told(actual)]
      for (const key of bad) {
        expect(after.get(key)?.[path[depth - 1]?.error ?? ''], `v${version}`).toBe(ErrorCode.UNKNOWN_SERVER_ERROR)
        for (const entities of [before, after]) entities.delete(key)
      }
      expect(after, `v${version}`).toEqual(before)
      expect(entitiesIn(layout, body, actual, depth, names)).toHaveLength(after.size + bad.length)
    }
  })
})
