/** Arbitrary values of any message in any version, made from its schema. */
import fc, { type Arbitrary } from 'fast-check'
import { defaultMaker } from '../../src/protocol/defaults.ts'
import type { Field, Fields, Message, TaggedField } from '../../src/protocol/message.ts'
import { hasVersion } from '../../src/protocol/schema.ts'
import { uuidFromBytes } from '../../src/protocol/uuid.ts'

/**
 * A value as decoding that version would give it: every field is there, those that the version lacks with their default. With
 * `unknownTags`, flexible versions carry tagged fields that the schema does not know.
 */
export function arbitraryMessage<T>(
  message: Message<T>,
  version: number,
  { unknownTags = true }: { readonly unknownTags?: boolean } = {},
): Arbitrary<T> {
  const tags = unknownTags && version >= message.flexibleFrom
  return arbitraryStruct(message.fields, version, tags) as Arbitrary<unknown> as Arbitrary<T>
}

function arbitraryStruct(fields: Fields, version: number, tags: boolean): Arbitrary<object> {
  const named = Object.entries(fields).map(([name, field]) => [name, arbitraryField(field, version, tags)] as const)
  const record = fc.record(Object.fromEntries(named))
  if (!tags) return record
  // Kafka takes no tag for an unknown one that any version knows.
  const known = Object.values(fields).filter((field) => field.tag >= 0)
  const unknown = arbitraryTags(new Set(known.map((field) => field.tag)))
  return fc
    .tuple(record, fc.option(unknown, { freq: 8, nil: undefined }))
    .map(([value, found]) => (found === undefined ? value : { ...value, unknownTaggedFields: found }))
}

function arbitraryTags(known: ReadonlySet<number>): Arbitrary<TaggedField[]> {
  const tag = fc.oneof(fc.nat(5), fc.nat(20000)).filter((candidate) => !known.has(candidate))
  return fc
    .uniqueArray(fc.record({ tag, data: arbitraryBytes }), {
      selector: (field) => field.tag,
      minLength: 1,
      maxLength: 3,
    })
    .map((found) => found.sort((a, b) => a.tag - b.tag))
}

function arbitraryField(field: Field, version: number, tags: boolean): Arbitrary<unknown> {
  const makeDefault = defaultMaker(field)
  if (!hasVersion(field.versions, version)) return fc.constant(null).map(makeDefault)
  const nullable = hasVersion(field.nullable, version)
  const value = arbitraryValue(field, version, tags)
  const some = nullable ? fc.option(value, { freq: 4 }) : value
  // Nothing else hits upon defaults often enough, for which tagged fields are left out.
  const usual = fc.constant(null).map(makeDefault)
  const hasDefault = field.type !== 'struct' && (nullable || makeDefault() !== null)
  return hasDefault ? fc.oneof({ weight: 7, arbitrary: some }, { weight: 1, arbitrary: usual }) : some
}

function arbitraryValue(field: Field, version: number, tags: boolean): Arbitrary<unknown> {
  if (field.type === 'array') {
    const element = arbitraryValue(field.element as Field, version, tags)
    return fc.array(element, { maxLength: 3, size: 'max' })
  }
  if (field.type === 'struct') return arbitraryStruct(field.fields as Fields, version, tags)
  return primitives[field.type]
}

const arbitraryBytes: Arbitrary<Buffer> = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))

const primitives: { readonly [type in Exclude<Field['type'], 'array' | 'struct'>]: Arbitrary<unknown> } = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: fc.integer(),
  uint32: fc.integer({ min: 0, max: 0xffffffff }),
  int64: fc.maxSafeInteger(),
  // Not -0: where it is a default it is not told from 0.
  float64: fc.double({ noNaN: true }).map((value) => value + 0),
  string: fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('orders', 'größe'.repeat(20))),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => uuidFromBytes(Buffer.from(bytes))),
  bytes: arbitraryBytes,
  records: arbitraryBytes.map((bytes) => (bytes.length === 0 ? [] : [bytes])),
}
