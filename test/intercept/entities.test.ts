import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { handlersByKey } from '../../src/broker/apis/handlers.ts'
import type { Entity } from '../../src/intercept/entity.ts'
import { EntityError } from '../../src/intercept/entity-error.ts'
import { EntityLayout, type Struct } from '../../src/intercept/entity-layout.ts'
import { entriesOf, keyAt, keyOf, type Names, without } from '../../src/intercept/request-entries.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import type { AnyApi } from '../../src/protocol/message.ts'
import { uuidFromBytes } from '../../src/protocol/uuid.ts'
import { arbitraryMessage } from '../protocol/arbitraries.ts'

const TOPICS = ['orders', 'bills', 'größe', 'audit']
const idOf = (topic: string) => uuidFromBytes(Buffer.alloc(16, `id of ${topic}`))
const names: Names = {
  topicName: (id) => TOPICS.find((topic) => idOf(topic) === id),
  topicId: (topic) => (TOPICS.includes(topic) ? idOf(topic) : undefined),
  fetchSession: () => undefined,
}
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  topic: fc.constantFrom(...TOPICS),
  partition: fc.nat(3),
  producerId: fc.nat(3),
  resourceType: fc.constantFrom(2, 4, 32),
}

const served = [...handlersByKey.values()].flatMap(({ api }) => {
  const any = api as unknown as AnyApi
  return Array.from(
    { length: any.versions.max - any.versions.min + 1 },
    (_, i) => [any.name, any.versions.min + i, any] as const,
  )
})

/** A request that names but a few things, so that lists have them more than once, and in any order. */
function arbitraryRequest(layout: EntityLayout): fc.Arbitrary<Struct> {
  const elements = (depth: number): fc.Arbitrary<unknown[]> => {
    const level = layout.request[depth]
    if (level === undefined) return fc.constant([])
    const byName = level.namings.some(({ dimension }) => dimension === 'topic')
    const named = Object.fromEntries(
      level.namings.map(({ dimension, field }) => {
        if (dimension === 'topicId')
          return [field, byName ? fc.constant(undefined) : fc.constantFrom(...TOPICS).map(idOf)]
        return [field, VALUES[dimension] ?? fc.constantFrom('a', 'b', 'c')]
      }),
    )
    if (level.isPlain) return fc.array(named[''] as fc.Arbitrary<unknown>, { maxLength: 4 })
    const inner = layout.request[depth + 1]
    return fc.array(fc.record(inner === undefined ? named : { ...named, [inner.list]: elements(depth + 1) }), {
      maxLength: 3,
    })
  }
  const [outermost] = layout.request
  const message = arbitraryMessage(layout.api.request, layout.version, { unknownTags: false })
  return fc
    .tuple(message, elements(0))
    .map(([body, list]) =>
      outermost === undefined ? body : { ...body, [outermost.list]: list },
    ) as fc.Arbitrary<Struct>
}

/** What a broker might answer: for each entry something that is its own. */
function answered(layout: EntityLayout, body: Struct, depth: number): Struct {
  const answer: Record<string, unknown> = {}
  for (const { entity } of entriesOf(layout, body, names)) {
    let holder: Record<string, unknown> = answer
    for (const [i, level] of layout.answer.slice(0, depth).entries()) {
      const list = ((holder[level.list] as Record<string, unknown>[] | undefined) ?? []) as Record<string, unknown>[]
      holder[level.list] = list
      const own = layout.names(level, entity)
      let element = list.find((one) => Object.entries(own).every(([field, value]) => one[field] === value))
      if (element === undefined) {
        element = { ...own, ...(i === depth - 1 ? { said: JSON.stringify(entity) } : {}) }
        list.push(element)
      }
      holder = element
    }
  }
  return answer
}

function entriesIn(layout: EntityLayout, answer: Struct, depth: number): [string, Struct][] {
  const found: [string, Struct][] = []
  const look = (holder: Struct, key: string, i: number): void => {
    const level = layout.answer[i]
    if (level === undefined || i === depth) {
      found.push([key, holder])
      return
    }
    for (const element of (holder[level.list] ?? []) as Struct[]) {
      const own = level.namings.map(({ field }) => element[field])
      look(element, `${key}/${own.join(',')}`, i + 1)
    }
  }
  look(answer, '', 0)
  return found
}

/** Whether a list names the same more than once: which of them is answered first is the broker's business. */
function namesAgain(layout: EntityLayout, holder: Struct, depth = 0): boolean {
  const level = layout.request[depth]
  if (level === undefined) return false
  const list = (holder[level.list] ?? []) as Struct[]
  const own = list.map((element) => JSON.stringify(keyAt(level, layout.named(level, element, {}))))
  if (new Set(own).size < list.length) return true
  return !level.isPlain && list.some((element) => namesAgain(layout, element, depth + 1))
}

describe('an error for some of what a request asks for', () => {
  test.each(served)('%s v%i leaves all else as the broker answers it', (_, version, api) => {
    const layout = new EntityLayout(api, version)
    fc.assert(
      fc.property(arbitraryRequest(layout), fc.infiniteStream(fc.boolean()), (body, coin) => {
        const present = entriesOf(layout, body, names)
        const entries = present.filter(() => coin.next().value)
        const chosen = new Set(entries.map(({ entity }) => entity))
        const failing = new EntityError(
          {
            layout,
            names,
            body,
            present,
            entries,
            others: [],
            dimensions: [],
            isAbout: (entity: Entity) => [...chosen].some((one) => JSON.stringify(one) === JSON.stringify(entity)),
          },
          { name: 'UNKNOWN_SERVER_ERROR' },
        )
        const { depth } = failing
        if (depth === undefined || depth === 0 || entries.length === 0) return
        // Where its answer stands by log directories, which the request does not name.
        if (api.name === 'DescribeLogDirs') return
        const whole = answered(layout, body, depth)
        const taken = failing.canBeTaken ? failing.rest : failing.whole
        const answer = failing.over(taken === undefined ? {} : answered(layout, taken, depth))

        const errorField = layout.answer[depth - 1]?.error as string
        const expected = entriesIn(layout, whole, depth)
        const actual = entriesIn(layout, answer, depth)
        const keysOf = (found: [string, Struct][]): string[] => found.map(([key]) => key)
        expect(keysOf(actual).sort()).toEqual(keysOf(expected).sort())
        const failed = actual.filter(([, entry]) => entry[errorField] === ErrorCode.UNKNOWN_SERVER_ERROR)
        const others = new Set(failed.map(([key]) => key))
        const rest = (found: [string, Struct][]) => found.filter(([key]) => !others.has(key))
        expect(new Map(rest(actual))).toEqual(new Map(rest(expected)))
        const path = layout.answer.slice(0, depth)
        expect(failed.length).toBe(new Set(entries.map(({ entity }) => keyOf(path, entity))).size)
        // Where the broker answers in the order of the request, so it does with errors.
        if (!namesAgain(layout, body)) expect(keysOf(actual)).toEqual(keysOf(expected))
        // It can be told in this version.
        const sent = JSON.parse(JSON.stringify(answer, (key, value) => (key === 'said' ? undefined : value)))
        expect(() => api.response.encode(sent, version)).not.toThrow()
      }),
      { numRuns: 30 },
    )
  })

  test.each(served)('%s v%i is taken out of the request, and nothing else is', (_, version, api) => {
    const layout = new EntityLayout(api, version)
    fc.assert(
      fc.property(arbitraryRequest(layout), fc.infiniteStream(fc.boolean()), (body, coin) => {
        const present = entriesOf(layout, body, names)
        const taken = new Set(present.filter(() => coin.next().value).map(({ key }) => key))
        const left = without(layout, body, taken, names)
        const kept = left === undefined ? [] : entriesOf(layout, left, names)
        expect(kept).toEqual(present.filter(({ key }) => !taken.has(key)))
        if (taken.size === 0) expect(left).toEqual(body)
      }),
      { numRuns: 30 },
    )
  })
})
