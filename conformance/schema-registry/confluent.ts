import { createRequire } from 'node:module'

/** What the checks use of @confluentinc/schemaregistry, which is no dependency of this project: it is too large. */
export interface Confluent {
  readonly SchemaRegistryClient: new (config: { readonly baseURLs: readonly string[] }) => Client
  readonly RestError: new (...args: never) => RestError
  readonly SerdeType: { readonly KEY: string; readonly VALUE: string }
  readonly AvroSerializer: SerializerClass
  readonly AvroDeserializer: DeserializerClass
  readonly JsonSerializer: SerializerClass
  readonly JsonDeserializer: DeserializerClass
  readonly ProtobufSerializer: SerializerClass
  readonly ProtobufDeserializer: DeserializerClass
}

export interface Schema {
  readonly schemaType: 'AVRO' | 'JSON' | 'PROTOBUF'
  readonly schema: string
  readonly references?: readonly Reference[]
}

export interface Reference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

export interface Client {
  register(subject: string, schema: Schema): Promise<number>
  getId(subject: string, schema: Schema): Promise<number>
  getBySubjectAndId(subject: string, id: number): Promise<Schema>
  getLatestSchemaMetadata(subject: string): Promise<Schema & { readonly id: number; readonly version: number }>
  getAllSubjects(): Promise<string[]>
  getAllVersions(subject: string): Promise<number[]>
  getVersion(subject: string, schema: Schema): Promise<number>
  deleteSubject(subject: string, permanent?: boolean): Promise<number[]>
  testSubjectCompatibility(subject: string, schema: Schema): Promise<boolean>
  testCompatibility(subject: string, version: number, schema: Schema): Promise<boolean>
  getCompatibility(subject: string): Promise<string>
  updateCompatibility(subject: string, level: string): Promise<string>
  getDefaultCompatibility(): Promise<string>
}

export interface RestError extends Error {
  readonly status: number
  readonly errorCode: number
}

export interface Serializer {
  serialize(topic: string, message: unknown): Promise<Buffer>
}

export interface Deserializer {
  deserialize(topic: string, payload: Buffer): Promise<unknown>
}

type SerializerClass = new (client: Client, type: string, config: Readonly<Record<string, unknown>>) => Serializer
type DeserializerClass = new (client: Client, type: string, config: Readonly<Record<string, unknown>>) => Deserializer

/** What the checks use of @bufbuild/protobuf, which Confluent's client describes messages by. */
export interface Bufbuild {
  createFileRegistry(file: unknown, resolve: (name: string) => unknown): FileRegistry
  createMutableRegistry(...descriptors: readonly unknown[]): object
  create(descriptor: unknown, value: object): object
}

/** Its messages of Google's own. */
export interface WellKnown {
  readonly FileDescriptorProtoSchema: unknown
  readonly file_google_protobuf_timestamp: unknown
}

export interface FileRegistry {
  getMessage(name: string): object | undefined
  getFile(name: string): object | undefined
}

export interface Libraries {
  readonly confluent: Confluent
  readonly protobuf: Bufbuild
  readonly wellKnown: WellKnown
}

/** @param folder where npm has put them */
export function load(folder: string): Libraries {
  const require = createRequire(`${folder}/package.json`)
  // The very copy that the client itself takes: descriptors are compared by identity.
  const within = createRequire(require.resolve('@confluentinc/schemaregistry'))
  return {
    confluent: require('@confluentinc/schemaregistry') as Confluent,
    protobuf: within('@bufbuild/protobuf') as Bufbuild,
    wellKnown: within('@bufbuild/protobuf/wkt') as WellKnown,
  }
}
