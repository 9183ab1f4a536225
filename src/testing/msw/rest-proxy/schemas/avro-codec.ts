import type { AvroSchema } from '../../schema-registry/types/avro.ts'
import { branchesOf, kindOf } from '../../schema-registry/types/avro-resolution.ts'
import { fromAvro, toAvro } from './avro-json.ts'
import type { Codec } from './codec.ts'

/** Avro's binary encoding, of data in Avro's JSON encoding. */
export function avroCodec({ type }: AvroSchema): Codec {
  return {
    format: 'avro',
    recordName: kindOf(type) === 'record' ? type.name : undefined,
    encode: (data) => type.toBuffer(toAvro(type, data)),
    decode(bytes) {
      const value: unknown = type.fromBuffer(bytes)
      if (kindOf(type) !== 'union' || value === null) return fromAvro(type, value)
      // The real one has forgotten of which union the value was, and says what it is itself.
      const [label, inside] = Object.entries(value as object)[0] ?? []
      const branch = branchesOf(type).find(({ branchName }) => branchName === label)
      return branch === undefined ? null : fromAvro(branch, inside)
    },
  }
}
