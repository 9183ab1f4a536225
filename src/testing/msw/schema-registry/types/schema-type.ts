/** A schema of a subject that another one needs, by the name by which that one calls it. */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** A reference with what it refers to. Those of references come before them. */
export interface ResolvedReference {
  readonly name: string
  readonly schema: string
}

/** A schema that has been understood. */
export interface ParsedSchema {
  /** As it is kept. */
  readonly text: string
  /** By which equal ones are known. */
  readonly canonical: string
  /** What is kept where `normalize` is asked for: the order of what has none is settled. */
  readonly normalized: string
  /**
   * Why this schema cannot read what was written with another one; nothing when it can. The first `%s` of each stands for this one, the second for
   * the other.
   */
  cannotRead(writer: ParsedSchema): readonly string[]
  /** Written in another way, as `serialized` for Protobuf; undefined for a format that this kind of schema does not have. */
  formatted?(format: string): string | undefined
}

/** A kind of schemas: Avro, JSON Schema, Protobuf. */
export interface SchemaType {
  readonly name: string
  /** @throws Error that says what is wrong with it */
  parse(schema: string, references: readonly ResolvedReference[]): Promise<ParsedSchema>
}

/** That the library which understands a kind of schemas is not installed. */
export class MissingPeerError extends Error {
  override readonly name = 'MissingPeerError'
}

/** Loads an optional peer. @throws MissingPeerError that says what to install */
export async function peer<T>(name: string, kind: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const why = `${kind} needs the package ${name}, which is not there: npm install --save-dev ${name}`
    throw new MissingPeerError(why, { cause })
  }
}
