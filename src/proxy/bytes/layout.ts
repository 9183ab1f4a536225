import { compileField } from '../../protocol/codec.ts'
import { defaultMaker, defaultTest } from '../../protocol/defaults.ts'
import type { Message } from '../../protocol/message.ts'
import { type Field, type Fields, hasVersion } from '../../protocol/schema.ts'
import type { Codec } from '../../protocol/value-codecs.ts'
import { plainFields, type Skip, skipOf } from './skip.ts'

/** A field, as it lies in the bytes of one version. */
export interface FieldLayout {
  readonly name: string
  readonly field: Field
  readonly skip: Skip
  readonly codec: Codec
  /** Whether its length is an unsigned varint. */
  readonly isCompact: boolean
  readonly isTagged: boolean
  readonly isNullable: boolean
  /** Of a struct, and of the elements of an array of structs. */
  readonly inner: StructLayout | undefined
  makeDefault(): unknown
  isDefault(value: unknown): boolean
}

/** Where the fields of a struct lie in the bytes of one version. */
export interface StructLayout {
  /** Those that are written one after the other. */
  readonly plain: readonly FieldLayout[]
  /** Those that follow by their tags. */
  readonly tagged: ReadonlyMap<number, FieldLayout>
  readonly flexible: boolean
}

/** The layouts of messages, each made when it is first wanted. */
export class Layouts {
  private readonly known = new Map<Message<object>, (StructLayout | undefined)[]>()

  of(message: Message<object>, version: number): StructLayout {
    let versions = this.known.get(message)
    if (versions === undefined) {
      versions = []
      this.known.set(message, versions)
    }
    versions[version] ??= structLayout(message.fields, version, version >= message.flexibleFrom)
    return versions[version]
  }
}

function structLayout(fields: Fields, version: number, flexible: boolean): StructLayout {
  const layout = (name: string, field: Field, isTagged: boolean): FieldLayout => {
    const structs = field.type === 'array' ? field.element?.fields : field.fields
    return {
      name,
      field,
      skip: skipOf(field, version, flexible, isTagged),
      codec: compileField(field, version, flexible, isTagged),
      isCompact: flexible && field.flexible,
      isTagged,
      isNullable: hasVersion(field.nullable, version),
      inner: structs ? structLayout(structs, version, flexible) : undefined,
      makeDefault: defaultMaker(field),
      isDefault: defaultTest(field),
    }
  }
  const tagged = Object.entries(fields).filter(
    ([, field]) => hasVersion(field.versions, version) && hasVersion(field.tagged, version),
  )
  return {
    plain: plainFields(fields, version).map(([name, field]) => layout(name, field, false)),
    tagged: new Map(tagged.map(([name, field]) => [field.tag, layout(name, field, true)])),
    flexible,
  }
}
