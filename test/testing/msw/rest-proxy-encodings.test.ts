import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codecOf } from '../../../src/testing/msw/rest-proxy/schemas/codec.ts'
import { shortest } from '../../../src/testing/msw/rest-proxy/schemas/float.ts'
import { readIndexes, writeIndexes } from '../../../src/testing/msw/rest-proxy/schemas/protobuf/message-indexes.ts'
import { avro } from '../../../src/testing/msw/schema-registry/types/avro.ts'
import { protobuf } from '../../../src/testing/msw/schema-registry/types/protobuf.ts'

const latin1 = (size: fc.StringConstraints = {}): fc.Arbitrary<string> =>
  fc.string({ ...size, unit: fc.nat(255).map((code) => String.fromCharCode(code)) })
const real = fc.double().map((number) => (Number.isFinite(number) ? number + 0 : String(number)))

test('Avro: data in its JSON encoding come back as they went', async () => {
  const schema = {
    type: 'record',
    name: 'a.R',
    fields: [
      { name: 'l', type: 'long' },
      { name: 'd', type: 'double' },
      { name: 'b', type: 'bytes' },
      { name: 'f', type: { type: 'fixed', name: 'F', size: 3 } },
      {
        name: 'u',
        type: { type: 'array', items: ['null', 'string', 'boolean', 'bytes', 'F', { type: 'map', values: 'int' }] },
      },
    ],
  }
  const codec = await codecOf(await avro.parse(JSON.stringify(schema), []))
  const fixed = latin1({ minLength: 3, maxLength: 3 })
  const branch = fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'grapheme' }).map((string) => ({ string })),
    fc.boolean().map((boolean) => ({ boolean })),
    latin1().map((bytes) => ({ bytes })),
    fixed.map((value) => ({ 'a.F': value })),
    fc.dictionary(fc.string({ minLength: 1 }), fc.integer()).map((map) => ({ map: { ...map } })),
  )
  const record = fc.record({ l: fc.maxSafeInteger(), d: real, b: latin1(), f: fixed, u: fc.array(branch) })
  await fc.assert(
    fc.asyncProperty(record, async (data) => {
      const sent = JSON.parse(JSON.stringify(data))
      expect(codec.decode(codec.encode(sent))).toEqual(sent)
    }),
  )
})

test('Protobuf: data in its JSON come back as they went', async () => {
  const schema = `syntax = "proto3";
    message M {
      int64 wide = 1; uint32 small = 2; double real = 3; bytes raw = 4; string text = 5; optional bool flag = 6;
      map<int64, sint64> longs = 7; map<bool, string> flags = 8; repeated sfixed32 packed = 9; repeated M nested = 10;
    }`
  const codec = await codecOf(await protobuf.parse(schema, []))
  const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
  const fields = {
    wide: long,
    small: fc.nat(2 ** 31),
    real,
    raw: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
    text: fc.string({ unit: 'grapheme' }),
    longs: fc.dictionary(long, long).map((map) => ({ ...map })),
    flags: fc.dictionary(fc.constantFrom('true', 'false'), fc.string()).map((map) => ({ ...map })),
    packed: fc.array(fc.integer()),
  }
  const inner = fc.record({ ...fields, nested: fc.constant([]) })
  const message = fc.record({ ...fields, flag: fc.boolean(), nested: fc.array(inner, { maxLength: 2 }) })
  await fc.assert(
    fc.asyncProperty(message, async (data) => {
      const sent = JSON.parse(JSON.stringify(data))
      expect(codec.decode(codec.encode(sent))).toEqual(sent)
    }),
    { numRuns: 50 },
  )
})

test('Protobuf: the second edition has required fields, and defaults of its own', async () => {
  const schema = `syntax = "proto2";
    message M { required string a = 1; optional int32 b = 2 [default = 7]; optional E e = 3 [default = TWO]; }
    enum E { ONE = 1; TWO = 2; }`
  const codec = await codecOf(await protobuf.parse(schema, []))
  expect(codec.decode(codec.encode({ a: 'x' }))).toEqual({ a: 'x', b: 7, e: 'TWO' })
  expect(() => codec.encode({})).toThrow('Message missing required fields: a')
})

test('Protobuf: what it brings along is written in its own way', async () => {
  const own = [
    'Int64Value',
    'BytesValue',
    'BoolValue',
    'Duration',
    'Timestamp',
    'Value',
    'ListValue',
    'FieldMask',
    'Empty',
    'Any',
  ]
  const files = ['wrappers', 'duration', 'timestamp', 'struct', 'field_mask', 'empty', 'any']
  const schema = `syntax = "proto3";
    ${files.map((file) => `import "google/protobuf/${file}.proto";`).join('\n')}
    message M { ${own.map((type, index) => `google.protobuf.${type} f${index} = ${index + 1};`).join(' ')} }`
  const codec = await codecOf(await protobuf.parse(schema, []))
  const data = {
    f0: '5',
    f1: 'AQ==',
    f2: false,
    f3: '-1.500s',
    f4: '1969-12-31T23:59:59.000000001Z',
    f5: null,
    f6: [1, null, { a: [] }],
    f7: 'fooBar,b',
    f8: {},
  }
  expect(codec.decode(codec.encode(data))).toEqual(data)
  expect(() => codec.encode({ f9: { '@type': 'x' } })).toThrow('Cannot resolve type')
})

test('a float is told with no more digits than it needs', () => {
  expect(shortest(Math.fround(0.1))).toBe(0.1)
  fc.assert(
    fc.property(
      fc.float({ noNaN: true }),
      (float) => Math.fround(shortest(float)) === float || !Number.isFinite(float),
    ),
  )
})

test('indexes of messages are read as they were written', () => {
  const indexes = fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(indexes, fc.uint8Array(), (all, rest) => {
      expect(readIndexes(Buffer.concat([writeIndexes(all), rest]))).toEqual([all, Buffer.from(rest)])
    }),
  )
  expect([...writeIndexes([0])]).toEqual([0])
})
