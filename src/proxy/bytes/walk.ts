/** Moves over a message whose bytes come in chunks, and makes nothing of it. */
import { Fault } from '../../protocol/protocol-error.ts'
import type { FieldLayout } from './layout.ts'
import { WIDTHS } from './skip.ts'

/** Where somebody is who moves over chunks: what is to come lies in the chunk from `at` on, or so far behind it. */
export interface Place {
  chunk: Buffer
  at: number
}

/** Moves on, and yields whenever a byte must be seen that is not there yet. */
export type Steps = Generator<undefined, void, undefined>

/** Moves past a value. */
type Way = (place: Place) => Steps

/** How to move past fields that are written one after the other, in a flexible version. */
export function wayPast(fields: readonly FieldLayout[]): Way {
  const ways: (Way | number)[] = []
  for (const field of fields) {
    const way = wayOf(field)
    const last = ways.at(-1)
    // What always takes as many bytes is one step.
    if (typeof way === 'number' && typeof last === 'number') ways[ways.length - 1] = last + way
    else ways.push(way)
  }
  return function* past(place) {
    for (const way of ways) {
      if (typeof way === 'number') place.at += way
      else yield* way(place)
    }
  }
}

/** Moves past tagged fields, whatever they are. */
export function* pastTags(place: Place): Steps {
  for (let left = yield* varint(place); left > 0; left--) {
    yield* varint(place)
    const size = yield* varint(place)
    place.at += size
  }
}

function wayOf({ field, inner, isNullable }: FieldLayout): Way | number {
  const { type } = field
  if (type === 'struct') {
    const past = wayPastStruct(inner?.plain ?? [])
    if (!isNullable) return past
    return function* pastNullable(place) {
      if ((yield* byte(place)) < 0x80) yield* past(place)
    }
  }
  if (type !== 'array') return wayOfPrimitive(type)
  const past =
    inner === undefined ? wayOfPrimitive(field.element?.type as keyof typeof WIDTHS) : wayPastStruct(inner.plain)
  return function* pastElements(place) {
    const count = (yield* varint(place)) - 1
    if (typeof past === 'number') place.at += Math.max(0, count) * past
    else for (let left = count; left > 0; left--) yield* past(place)
  }
}

function wayOfPrimitive(type: keyof typeof WIDTHS | 'string' | 'bytes' | 'records'): Way | number {
  if (type === 'string' || type === 'bytes' || type === 'records') return pastBytes
  return WIDTHS[type]
}

function wayPastStruct(fields: readonly FieldLayout[]): Way {
  const past = wayPast(fields)
  return function* pastStruct(place) {
    yield* past(place)
    yield* pastTags(place)
  }
}

function* pastBytes(place: Place): Steps {
  const length = (yield* varint(place)) - 1
  if (length > 0) place.at += length
}

function* varint(place: Place): Generator<undefined, number, undefined> {
  let value = 0
  for (let shift = 0; shift <= 28; shift += 7) {
    const next = yield* byte(place)
    value |= (next & 0x7f) << shift
    if (next >= 0x80) continue
    if (value < 0) throw new Fault(`a length of ${value >>> 0}`)
    return value
  }
  throw new Fault('varint is longer than 5 bytes')
}

function* byte(place: Place): Generator<undefined, number, undefined> {
  while (place.at >= place.chunk.length) yield
  return place.chunk[place.at++] as number
}
