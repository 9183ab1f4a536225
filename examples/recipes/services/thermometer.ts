import type { Kafka, Producer } from 'kafkajs'

export interface Reading {
  readonly sensor: string
  readonly celsius: number
}

const SCHEMA_ID = 7

/** Sends readings in the wire format of schema registries: a zero, the schema's id in four bytes, and what that schema says. */
export class Thermometer {
  private readonly producer: Producer
  private readonly topic: string

  /** @param prefix of its topic, where others use the cluster too */
  constructor(client: Kafka, prefix = '') {
    this.producer = client.producer()
    this.topic = `${prefix}readings`
  }

  start(): Promise<void> {
    return this.producer.connect()
  }

  stop(): Promise<void> {
    return this.producer.disconnect()
  }

  async read({ sensor, celsius }: Reading): Promise<void> {
    const value = Buffer.alloc(13 + Buffer.byteLength(sensor))
    value.writeInt32BE(SCHEMA_ID, 1)
    value.writeDoubleBE(celsius, 5)
    value.write(sensor, 13)
    await this.producer.send({ topic: this.topic, messages: [{ key: sensor, value }] })
  }
}

/** In earnest Avro's or Protobuf's. @throws Error for a record of another schema */
export function decodeReading(bytes: Buffer): Reading {
  if (bytes[0] !== 0 || bytes.readInt32BE(1) !== SCHEMA_ID) throw new Error('this is no reading')
  return { sensor: bytes.toString('utf8', 13), celsius: bytes.readDoubleBE(5) }
}
