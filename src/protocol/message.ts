/**
 * Messages: bytes to values and back, for every version. A schema (see schema.ts) is looked at when its message is first used
 * in a version, and turned into an encoder and a decoder for that version, which are kept.
 */
import { compileStruct } from './codec.ts'
import { Derived } from './derived.ts'
import { Fault, ProtocolError } from './protocol-error.ts'
import { Reader } from './reader.ts'
import { type Fields, hasVersion, parseVersions, type VersionRange } from './schema.ts'
import type { TaggedField } from './tagged-fields.ts'
import type { Codec } from './value-codecs.ts'
import { Sizer, type Slices, Writer } from './writer.ts'

export type { Field, Fields, VersionRange } from './schema.ts'
export { ProtocolError, type Slices, type TaggedField }

/** A struct of a message that has flexible versions: it may carry tagged fields that its schema does not know. */
export interface Flexible {
  unknownTaggedFields?: readonly TaggedField[]
}

/** What can be encoded as a T: a field left out, or undefined, has its default. */
export type Input<T> = T extends Uint8Array | string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Element)[]
    ? readonly Input<Element>[]
    : { readonly [Name in keyof T]?: Input<T[Name]> | undefined }

/** One message: a request, a response, a header, the key or the value of a log record. */
export interface Message<T> {
  /** Kafka's name for it: 'FetchRequest'. */
  readonly name: string
  /** Every version that was ever released. */
  readonly versions: VersionRange
  /** The first flexible version (KIP-482); Infinity when there is none. */
  readonly flexibleFrom: number
  /** The layout, with entity types and error codes marked. */
  readonly fields: Fields
  /** The type of a coordinator's record (its key begins with it), or the api key of a metadata record; -1 for any other message. */
  readonly recordType: number
  /**
   * Reads a message from `offset` to the end of the buffer. Throws ProtocolError, also for bytes that are left over unless
   * `trailing` is 'ignore': Kafka's brokers and clients do not look at them.
   */
  decode(bytes: Buffer, version: number, offset?: number, trailing?: 'refuse' | 'ignore'): T
  /** Reads a message from `offset` on, and tells where it ends. */
  decodePart(bytes: Buffer, version: number, offset: number): { value: T; end: number }
  /** One buffer with the message. Throws ProtocolError when the value does not fit the version. */
  encode(value: Input<T>, version: number): Buffer
  /** The message in pieces, those of its `records` fields as they are. The first piece begins with `head` bytes for the caller to fill. */
  encodeSlices(value: Input<T>, version: number, head?: number): Buffer[]
  /** How many bytes the message will take, exactly. */
  size(value: Input<T>, version: number): number
}

/** A request and its response. */
export interface Api<Request, Response> {
  readonly key: number
  /** 'Fetch' */
  readonly name: string
  readonly request: Message<Request>
  readonly response: Message<Response>
  /** Those of the request. */
  readonly versions: VersionRange
  /** Whether Kafka keeps the last version to itself (`unstable.api.versions.enable`). */
  readonly latestVersionUnstable: boolean
  requestHeaderVersion(version: number): number
  responseHeaderVersion(version: number): number
  /** What others read from the schemas. */
  readonly derived: Derived<AnyApi>
}

/** Any API, for whoever treats them all alike. */
export type AnyApi = Api<object, object>

/** What is true of a message as a whole. Ranges are written as in `parseVersions`. */
export interface MessageHead {
  readonly name: string
  readonly versions: string
  /** The flexible versions, 'none' or open at the end. */
  readonly flexible: string
  readonly recordType?: number
}

export interface ApiHead extends Omit<MessageHead, 'recordType'> {
  readonly key: number
  readonly latestVersionUnstable?: true
}

/** Makes a message; the schema is asked for when it is first needed. */
export function message<T>(head: MessageHead, schema: () => Fields): Message<T> {
  return new SchemaMessage(head, schema) as Message<unknown> as Message<T>
}

/** Makes an API of the schemas of its request and its response. */
export function api<Request, Response>(
  head: ApiHead,
  schemas: { readonly request: () => Fields; readonly response: () => Fields },
): Api<Request, Response> {
  const { key, name, versions, flexible } = head
  const request = message<Request>({ name: `${name}Request`, versions, flexible }, schemas.request)
  const response = message<Response>({ name: `${name}Response`, versions, flexible }, schemas.response)
  const made = {
    key,
    name,
    request,
    response,
    versions: request.versions,
    latestVersionUnstable: head.latestVersionUnstable ?? false,
    requestHeaderVersion: (version: number) => requestHeaderVersion(key, version, request.flexibleFrom),
    responseHeaderVersion: (version: number) => responseHeaderVersion(key, version, response.flexibleFrom),
  }
  return Object.assign(made, { derived: new Derived(made as unknown as AnyApi) })
}

const CONTROLLED_SHUTDOWN = 7
const API_VERSIONS = 18

export function requestHeaderVersion(apiKey: number, version: number, flexibleFrom: number): number {
  if (version >= flexibleFrom) return 2
  // The first version of ControlledShutdown came without a client id.
  return apiKey === CONTROLLED_SHUTDOWN && version === 0 ? 0 : 1
}

export function responseHeaderVersion(apiKey: number, version: number, flexibleFrom: number): number {
  // KIP-511: a client must be able to read the answer to an ApiVersions request whose version the broker does not know.
  return apiKey !== API_VERSIONS && version >= flexibleFrom ? 1 : 0
}

class SchemaMessage implements Message<object> {
  readonly name: string
  readonly versions: VersionRange
  readonly flexibleFrom: number
  readonly recordType: number
  readonly #schema: () => Fields
  readonly #codecs: Codec<object>[] = []
  #fields: Fields | undefined

  constructor(head: MessageHead, schema: () => Fields) {
    this.name = head.name
    this.versions = parseVersions(head.versions)
    this.flexibleFrom = head.flexible === 'none' ? Number.POSITIVE_INFINITY : parseVersions(head.flexible).min
    this.recordType = head.recordType ?? -1
    this.#schema = schema
  }

  get fields(): Fields {
    this.#fields ??= this.#schema()
    return this.#fields
  }

  decode(bytes: Buffer, version: number, offset = 0, trailing: 'refuse' | 'ignore' = 'refuse'): object {
    const { value, end } = this.decodePart(bytes, version, offset)
    if (end < bytes.length && trailing === 'refuse') {
      throw new ProtocolError(this.name, version, '', end, `${bytes.length - end} bytes too many`)
    }
    return value
  }

  decodePart(bytes: Buffer, version: number, offset: number): { value: object; end: number } {
    const codec = this.#codec(version)
    const reader = new Reader(bytes, offset)
    try {
      return { value: codec.read(reader), end: reader.position }
    } catch (error) {
      throw this.#explained(error, version)
    }
  }

  encode(value: object, version: number): Buffer {
    const codec = this.#codec(version)
    try {
      const bytes = Buffer.allocUnsafe(codec.size(value, new Sizer()))
      codec.write(new Writer(bytes, 0, null), value)
      return bytes
    } catch (error) {
      throw this.#explained(error, version)
    }
  }

  encodeSlices(value: object, version: number, head = 0): Buffer[] {
    const codec = this.#codec(version)
    try {
      const sizer = new Sizer()
      const size = codec.size(value, sizer)
      const slices: Buffer[] = []
      const writer = new Writer(Buffer.allocUnsafe(head + size - sizer.recordBytes), head, slices)
      codec.write(writer, value)
      writer.cut()
      return slices
    } catch (error) {
      throw this.#explained(error, version)
    }
  }

  size(value: object, version: number): number {
    const codec = this.#codec(version)
    try {
      return codec.size(value, new Sizer())
    } catch (error) {
      throw this.#explained(error, version)
    }
  }

  #codec(version: number): Codec<object> {
    const known = this.#codecs[version]
    if (known !== undefined) return known
    if (!Number.isInteger(version) || !hasVersion(this.versions, version)) {
      throw new ProtocolError(this.name, version, '', undefined, 'there is no such version')
    }
    const codec: Codec<object> = compileStruct(this.fields, version, version >= this.flexibleFrom)
    this.#codecs[version] = codec
    return codec
  }

  #explained(error: unknown, version: number): unknown {
    if (!(error instanceof Fault)) return error
    return new ProtocolError(this.name, version, error.path, error.offset, error.message)
  }
}
