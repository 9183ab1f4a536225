import type { Field, Fields } from './schema.ts'
import { ZERO_UUID } from './uuid.ts'

const EMPTY = Buffer.alloc(0)

/** Makes the default value of a field: fresh where it could be changed by whoever holds it. */
export function defaultMaker(field: Field): () => unknown {
  const { default: declared, type } = field
  if (declared === null) return () => null
  switch (type) {
    case 'bool':
      return constant(declared ?? false)
    case 'string':
      return constant(declared ?? '')
    case 'uuid':
      return constant(declared ?? ZERO_UUID)
    case 'bytes':
      return constant(EMPTY)
    case 'records':
      // Kafka has no other default for records, nullable or not; what cannot be null is empty here.
      return field.nullable.max < field.nullable.min ? () => [] : () => null
    case 'array':
      return () => []
    case 'struct':
      return structDefault(field.fields as Fields)
    default:
      return constant(declared ?? 0)
  }
}

function constant(value: unknown): () => unknown {
  return () => value
}

function structDefault(fields: Fields): () => unknown {
  const makers = Object.entries(fields).map(([name, field]) => [name, defaultMaker(field)] as const)
  return () => {
    const value: Record<string, unknown> = {}
    for (const [name, make] of makers) value[name] = make()
    return value
  }
}

/** Tells whether a value is the field's default, which a tagged field is not written for and an absent one may have. */
export function defaultTest(field: Field): (value: unknown) => boolean {
  const { default: declared, type } = field
  if (declared === null) return (value) => value === null || value === undefined
  switch (type) {
    case 'bytes':
      return (value) => value === undefined || (value !== null && (value as Uint8Array).length === 0)
    case 'array':
      return (value) => value === undefined || (value !== null && (value as readonly unknown[]).length === 0)
    case 'records': {
      const nullable = field.nullable.max >= field.nullable.min
      return (value) => value === undefined || (nullable ? value === null : (value as readonly unknown[]).length === 0)
    }
    case 'struct':
      return structTest(field.fields as Fields)
    default: {
      const expected = defaultMaker(field)()
      return (value) => value === undefined || value === expected
    }
  }
}

function structTest(fields: Fields): (value: unknown) => boolean {
  const tests = Object.entries(fields).map(([name, field]) => [name, defaultTest(field)] as const)
  return (value) => {
    if (value === undefined) return true
    if (value === null) return false
    const object = value as { readonly [name: string]: unknown }
    const unknown = object.unknownTaggedFields as readonly unknown[] | undefined
    return (unknown === undefined || unknown.length === 0) && tests.every(([name, test]) => test(object[name]))
  }
}
