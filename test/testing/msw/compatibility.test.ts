import { expect, test } from 'vitest'
import { RegistryUnderTest } from './registry.ts'

const record = (...fields: object[]): string => JSON.stringify({ type: 'record', name: 'R', fields })
const object = (properties: object, more: object = {}): string =>
  JSON.stringify({ type: 'object', properties, ...more })
const message = (...lines: string[]): string => `syntax = "proto3";\nmessage M {\n${lines.join('\n')}\n}\n`
const closed = { additionalProperties: false }

/** A change, and what the real registry says of it. */
interface Case {
  readonly name: string
  readonly type: 'AVRO' | 'JSON' | 'PROTOBUF'
  readonly before: string
  readonly after: string
  /** Whether the new one reads what the old one wrote. */
  readonly backward: boolean
  readonly forward: boolean
}

const a = { name: 'a', type: 'int' }
const avro = { type: 'AVRO' } as const
const json = { type: 'JSON' } as const
const proto = { type: 'PROTOBUF' } as const
const e = (...symbols: string[]): object => ({ name: 'e', type: { type: 'enum', name: 'E', symbols } })

const cases: Case[] = [
  {
    ...avro,
    name: 'a field with a default',
    before: record(a),
    after: record(a, { name: 'b', type: 'int', default: 0 }),
    backward: true,
    forward: true,
  },
  {
    ...avro,
    name: 'a field without a default',
    before: record(a),
    after: record(a, { name: 'b', type: 'int' }),
    backward: false,
    forward: true,
  },
  {
    ...avro,
    name: 'int to long',
    before: record(a),
    after: record({ name: 'a', type: 'long' }),
    backward: true,
    forward: false,
  },
  {
    ...avro,
    name: 'int to string',
    before: record(a),
    after: record({ name: 'a', type: 'string' }),
    backward: false,
    forward: false,
  },
  { ...avro, name: 'string to bytes', before: '"string"', after: '"bytes"', backward: true, forward: true },
  {
    ...avro,
    name: 'int to a union with int',
    before: record(a),
    after: record({ name: 'a', type: ['null', 'int'] }),
    backward: true,
    forward: false,
  },
  {
    ...avro,
    name: 'a symbol more',
    before: record(e('X')),
    after: record(e('X', 'Y')),
    backward: true,
    forward: false,
  },
  {
    ...avro,
    name: 'a symbol more, where the reader has a default',
    before: record({ name: 'e', type: { type: 'enum', name: 'E', symbols: ['X'], default: 'X' } }),
    after: record({ name: 'e', type: { type: 'enum', name: 'E', symbols: ['X', 'Y'], default: 'X' } }),
    backward: true,
    forward: true,
  },
  {
    ...avro,
    name: 'another size',
    before: '{"type":"fixed","name":"F","size":1}',
    after: '{"type":"fixed","name":"F","size":2}',
    backward: false,
    forward: false,
  },
  {
    ...avro,
    name: 'another name',
    before: record(a),
    after: record(a).replace('"R"', '"S"'),
    backward: false,
    forward: false,
  },
  {
    ...avro,
    name: 'another name, with the old one as an alias',
    before: record(a),
    after: record(a).replace('"name":"R"', '"name":"S","aliases":["R"]'),
    backward: true,
    forward: false,
  },
  {
    ...avro,
    name: 'a field by its alias',
    before: record(a),
    after: record({ name: 'b', type: 'int', aliases: ['a'] }),
    backward: true,
    forward: false,
  },
  {
    ...avro,
    name: 'a type that contains itself',
    before: record({ name: 'next', type: ['null', 'R'] }),
    after: record({ name: 'next', type: ['null', 'R'] }, { name: 'b', type: 'int', default: 1 }),
    backward: true,
    forward: true,
  },
  {
    ...json,
    name: 'an optional property, where any were let in',
    before: object({ a: {} }),
    after: object({ a: {}, b: { type: 'string' } }),
    backward: false,
    forward: true,
  },
  {
    ...json,
    name: 'an optional property, where none were',
    before: object({ a: {} }, closed),
    after: object({ a: {}, b: { type: 'string' } }, closed),
    backward: true,
    forward: false,
  },
  {
    ...json,
    name: 'a required property',
    before: object({ a: {} }, closed),
    after: object({ a: {}, b: { type: 'string' } }, { ...closed, required: ['b'] }),
    backward: false,
    forward: false,
  },
  {
    ...json,
    name: 'what was optional is required',
    before: object({ a: { type: 'string' } }),
    after: object({ a: { type: 'string' } }, { required: ['a'] }),
    backward: false,
    forward: true,
  },
  {
    ...json,
    name: 'integer to number',
    before: '{"type":"integer"}',
    after: '{"type":"number"}',
    backward: true,
    forward: false,
  },
  {
    ...json,
    name: 'string to null or string',
    before: '{"type":"string"}',
    after: '{"type":["null","string"]}',
    backward: true,
    forward: false,
  },
  {
    ...json,
    name: 'a longer string',
    before: '{"type":"string","maxLength":5}',
    after: '{"type":"string","maxLength":9}',
    backward: true,
    forward: false,
  },
  {
    ...json,
    name: 'a value more of an enum',
    before: '{"enum":["x"]}',
    after: '{"enum":["x","y"]}',
    backward: true,
    forward: false,
  },
  {
    ...json,
    name: 'one more of',
    before: '{"oneOf":[{"type":"string"}]}',
    after: '{"oneOf":[{"type":"string"},{"type":"null"}]}',
    backward: true,
    forward: false,
  },
  {
    ...json,
    name: 'a list of something else, by a $ref',
    before: '{"type":"array","items":{"$ref":"#/definitions/x"},"definitions":{"x":{"type":"string"}}}',
    after: '{"type":"array","items":{"$ref":"#/definitions/x"},"definitions":{"x":{"type":"null"}}}',
    backward: false,
    forward: false,
  },
  {
    ...json,
    name: 'a tree, which contains itself',
    before: object({ child: { $ref: '#' } }, closed),
    after: object({ child: { $ref: '#' }, name: { type: 'string' } }, closed),
    backward: true,
    forward: false,
  },
  {
    ...proto,
    name: 'a field more',
    before: message('string a = 1;'),
    after: message('string a = 1;', 'string b = 2;'),
    backward: true,
    forward: true,
  },
  {
    ...proto,
    name: 'another name of a field',
    before: message('string a = 1;'),
    after: message('string b = 1;'),
    backward: true,
    forward: true,
  },
  {
    ...proto,
    name: 'int32 to int64',
    before: message('int32 a = 1;'),
    after: message('int64 a = 1;'),
    backward: true,
    forward: true,
  },
  {
    ...proto,
    name: 'int32 to string',
    before: message('int32 a = 1;'),
    after: message('string a = 1;'),
    backward: false,
    forward: false,
  },
  {
    ...proto,
    name: 'int32 to sint32',
    before: message('int32 a = 1;'),
    after: message('sint32 a = 1;'),
    backward: false,
    forward: false,
  },
  {
    ...proto,
    name: 'int32 to a list of them',
    before: message('int32 a = 1;'),
    after: message('repeated int32 a = 1;'),
    backward: true,
    forward: true,
  },
  {
    ...proto,
    name: 'a list of int32 to an optional one',
    before: message('repeated int32 a = 1;'),
    after: message('optional int32 a = 1;'),
    backward: false,
    forward: false,
  },
  {
    ...proto,
    name: 'string to a map',
    before: message('string a = 1;'),
    after: message('map<string, string> a = 1;'),
    backward: false,
    forward: false,
  },
  {
    ...proto,
    name: 'a message less',
    before: `${message('string a = 1;')}message N { string b = 1; }`,
    after: message('string a = 1;'),
    backward: false,
    forward: true,
  },
  {
    ...proto,
    name: 'another package',
    before: message('string a = 1;'),
    after: message('string a = 1;').replace('message', 'package p;\nmessage'),
    backward: false,
    forward: false,
  },
  {
    ...proto,
    name: 'a field of a oneof less',
    before: message('oneof o { string a = 1; string b = 2; }'),
    after: message('oneof o { string a = 1; }'),
    backward: false,
    forward: true,
  },
  {
    ...proto,
    name: 'a field into a new oneof',
    before: message('string a = 1;'),
    after: message('oneof o { string a = 1; string b = 2; }'),
    backward: true,
    forward: false,
  },
  {
    ...proto,
    name: 'two fields into a oneof',
    before: message('string a = 1;', 'string b = 2;'),
    after: message('oneof o { string a = 1; string b = 2; }'),
    backward: false,
    forward: true,
  },
]

cases.push(
  {
    ...json,
    name: 'of several types and an enum, a type less',
    before: '{"anyOf":[{"type":"string"},{"type":"null"}],"enum":["a",null]}',
    after: '{"anyOf":[{"type":"string"}],"enum":["a",null]}',
    backward: false,
    forward: true,
  },
  ...['', '"$schema":"https://json-schema.org/draft/2020-12/schema",'].map(
    (dialect): Case => ({
      ...json,
      name: `what is made of nothing but itself ${dialect}`,
      before: `{${dialect}"anyOf":[{"$ref":"#"},{"type":"string"}]}`,
      after: `{${dialect}"anyOf":[{"$ref":"#"},{"type":"string"},{"type":"null"}]}`,
      backward: true,
      forward: false,
    }),
  ),
)

test.each(cases)(
  '$type, $name: backward $backward, forward $forward',
  async ({ type, before, after, backward, forward }) => {
    await using registry = await RegistryUnderTest.start({ compatibility: 'NONE' })
    const first = await registry.register('s', before, { schemaType: type })
    expect(first.body).toMatchObject({ id: 1 })
    const ask = async (level: string): Promise<boolean> => {
      await registry.ask('PUT', '/config/s', { compatibility: level })
      const { status, body } = await registry.ask('POST', '/compatibility/subjects/s/versions/latest?verbose=true', {
        schema: after,
        schemaType: type,
      })
      expect(status).toBe(200)
      expect(body.messages.length === 0).toBe(body.is_compatible)
      return body.is_compatible
    }
    expect({ backward: await ask('BACKWARD'), forward: await ask('FORWARD') }).toEqual({ backward, forward })
    expect(await ask('FULL')).toBe(backward && forward)
    expect(await ask('NONE')).toBe(true)
  },
)

test('a schema that is not compatible is refused with 409, and says why and with which version', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('s', record(a))
  const { status, body } = await registry.register('s', record(a, { name: 'b', type: 'int' }))
  expect(status).toBe(409)
  expect(body.error_code).toBe(40901)
  expect(body.message).toBe(
    `Schema being registered is incompatible with an earlier schema for subject "s", details: [{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', ` +
      `description:'The field 'b' at path '/fields/1' in the new schema has no default value and is missing in the old schema', additionalInfo:'b'}, ` +
      `{oldSchemaVersion: 1}, {oldSchema: '{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}'}, ` +
      `{validateFields: 'false', compatibility: 'BACKWARD'}]`,
  )
})

test('transitive levels look at all versions, the others at the latest', async () => {
  await using registry = await RegistryUnderTest.start({ compatibility: 'NONE' })
  for (const type of ['"string"', '"int"']) await registry.register('s', type)
  const ask = async (level: string): Promise<unknown> => {
    await registry.ask('PUT', '/config', { compatibility: level })
    return (await registry.ask('POST', '/compatibility/subjects/s/versions', { schema: '"long"' })).body.is_compatible
  }
  expect(await ask('BACKWARD')).toBe(true)
  expect(await ask('BACKWARD_TRANSITIVE')).toBe(false)
})

test('a schema of another type is compatible with none', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('s', record(a))
  const { body } = await registry.register('s', '{"type":"string"}', { schemaType: 'JSON' })
  expect(body.message).toContain('Incompatible because of different schema type')
})
