import type { Libraries } from './confluent.ts'

/** The message that the checks send, and what it is described by. */
export interface ProtobufOrder {
  /** A message of theirs. */
  create(value: object): object
  /** The descriptors that a serialiser wants. */
  readonly registry: object
}

const OPTIONAL = 1
const TYPES = { STRING: 9, MESSAGE: 11, SINT64: 18 } as const

/** `shop.Order`, which imports a file of its own and one of Google's. */
export function protobufOrder({ protobuf, wellKnown }: Libraries): ProtobufOrder {
  const file = (name: string, dependency: readonly string[], message: object) =>
    protobuf.create(wellKnown.FileDescriptorProtoSchema, {
      name,
      package: 'shop',
      syntax: 'proto3',
      dependency,
      messageType: [message],
    })
  const field = (name: string, number: number, type: number, typeName?: string) => ({
    name,
    number,
    type,
    label: OPTIONAL,
    jsonName: name,
    ...(typeName === undefined ? {} : { typeName }),
  })
  const money = protobuf
    .createFileRegistry(
      file('money.proto', [], { name: 'Money', field: [field('cents', 1, TYPES.SINT64)] }),
      () => undefined,
    )
    .getFile('money.proto')
  const timestamp = wellKnown.file_google_protobuf_timestamp
  const imports: Readonly<Record<string, unknown>> = {
    'money.proto': money,
    'google/protobuf/timestamp.proto': timestamp,
  }
  const order = protobuf
    .createFileRegistry(
      file('order.proto', Object.keys(imports), {
        name: 'Order',
        field: [
          field('id', 1, TYPES.STRING),
          field('price', 2, TYPES.MESSAGE, '.shop.Money'),
          field('at', 3, TYPES.MESSAGE, '.google.protobuf.Timestamp'),
        ],
      }),
      (name) => imports[name],
    )
    .getMessage('shop.Order')
  if (order === undefined) throw new Error('shop.Order is not described')
  return { create: (value) => protobuf.create(order, value), registry: protobuf.createMutableRegistry(order) }
}
