/** The end of an answer, where it tells where nodes are (KIP-951), while the rest of it may be on its way to the client. */
import { Fault } from '../protocol/protocol-error.ts'
import { Reader } from '../protocol/reader.ts'
import { type KnownTag, readTags, type TaggedField } from '../protocol/tagged-fields.ts'
import type { Struct } from '../protocol/value-codecs.ts'
import { sizeOfUnsignedVarint } from '../protocol/varint.ts'
import type { StructLayout } from './bytes/layout.ts'
import { merged } from './bytes/merge.ts'
import { type Place, pastTags, type Steps, wayPast } from './bytes/walk.ts'
import { LENGTH_BYTES, type Walk } from './frame-cutter.ts'

/** The bytes of a correlation id. */
const CORRELATION_ID_BYTES = 4
/** Tags that no schema has; the second takes a byte more. Where one is taken it is the next below. */
const FILLING_TAGS = [127, 16_383]

/** The answers of an API in one flexible version, from the list on that may tell where nodes are. */
export class AnswerEnd {
  private readonly layout: StructLayout
  private readonly list: string
  private readonly past: (place: Place) => Steps
  private readonly tags: ReadonlyMap<number, KnownTag>

  /** @param list with nothing behind it but tagged fields, or one of them itself */
  constructor({ plain, tagged, flexible }: StructLayout, list: string) {
    const at = plain.findIndex(({ name }) => name === list)
    const from = at === -1 ? plain.length : at
    const before = wayPast(plain.slice(0, from))
    this.list = list
    this.layout = { plain: plain.slice(from), tagged, flexible }
    this.tags = new Map([...tagged].map(([tag, field]) => [tag, { ...field, tag }]))
    this.past = function* past(place) {
      place.at += LENGTH_BYTES + CORRELATION_ID_BYTES
      yield* pastTags(place)
      yield* before(place)
    }
  }

  /** Goes over an answer up to its end. @param size of its frame */
  walk(size: number): Walk {
    const place: Place = { chunk: Buffer.alloc(0), at: 0 }
    const steps = this.past(place)
    let left = size
    return {
      over: (bytes) => {
        place.chunk = bytes
        const isThere = steps.next().done === true && place.at < bytes.length
        const passed = isThere ? place.at : bytes.length
        place.at -= passed
        left -= passed
        if (left === 0) throw new Fault('has no end')
        return passed
      },
    }
  }

  /** Where the end of an answer begins that is here as a whole. */
  startIn(frame: Buffer): number {
    return this.walk(frame.length).over(frame)
  }

  read(end: Buffer): Struct {
    const reader = new Reader(end, 0)
    const value: Struct = {}
    for (const { name, codec } of this.layout.plain) value[name] = codec.read(reader)
    readTags(reader, value, this.tags)
    return value
  }

  /** Whether it tells where any node is. */
  tells(end: Struct): boolean {
    const nodes = end[this.list] as readonly Struct[] | undefined
    return nodes !== undefined && nodes.length > 0
  }

  /**
   * An end that was changed, as long as it was: the length of its frame is told already. What is missing is made up by a tagged field that
   * nobody knows; where there is too much, it tells of no nodes, and a client asks for metadata as it does of older versions.
   */
  inPlaceOf(bytes: Buffer, before: Struct, after: Struct): Buffer[] {
    const fitting = this.filled(bytes, before, after) ?? this.filled(bytes, before, { ...after, [this.list]: [] })
    if (fitting === undefined) throw new Fault('ends with what cannot be left out')
    return fitting
  }

  private filled(bytes: Buffer, before: Struct, after: Struct): Buffer[] | undefined {
    const missing = bytes.length - sizeOf(merged(this.layout, bytes, 0, before, after))
    const known = (after.unknownTaggedFields ?? []) as readonly TaggedField[]
    const filling = missing === 0 ? [] : fillingOf(missing, known)
    if (filling === undefined) return undefined
    const unknown = [...known, ...filling]
    const pieces = merged(this.layout, bytes, 0, before, { ...after, unknownTaggedFields: unknown })
    return sizeOf(pieces) === bytes.length ? pieces : undefined
  }
}

/** Whether an address can always stand where one with another host stood, in as many bytes and some of a tagged field. */
export function fitsInPlaceOf(host: string, other: string): boolean {
  const missing = Buffer.byteLength(other) - Buffer.byteLength(host)
  return missing === 0 || fillingOf(missing, []) !== undefined
}

/** A tagged field that takes so many bytes, in a list; undefined where there is none. */
function fillingOf(bytes: number, known: readonly TaggedField[]): TaggedField[] | undefined {
  for (const highest of FILLING_TAGS) {
    let number = highest
    while (known.some(({ tag }) => tag === number)) number--
    for (const sizeBytes of [1, 2, 3]) {
      const length = bytes - sizeOfUnsignedVarint(number) - sizeBytes
      if (length >= 0 && sizeOfUnsignedVarint(length) === sizeBytes) {
        return [{ tag: number, data: Buffer.alloc(length) }]
      }
    }
  }
  return undefined
}

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}
