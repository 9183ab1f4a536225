import { type KafkaOptions, Transport } from '@nestjs/microservices'

type Options = NonNullable<KafkaOptions['options']>

/** What a test sets otherwise than production. */
export type Settings = {
  readonly client?: Omit<NonNullable<Options['client']>, 'brokers' | 'clientId'>
  readonly consumer?: Omit<NonNullable<Options['consumer']>, 'groupId'>
}

/** One form for a service and for its clients. Nest adds -server and -client to the names of both. */
export function kafkaOptions(brokers: string[], name: string, { client, consumer }: Settings = {}): KafkaOptions {
  return {
    transport: Transport.KAFKA,
    options: {
      client: { ...client, clientId: name, brokers },
      consumer: { ...consumer, groupId: name },
      // What was sent before the first assignment is read, too. Without it an early event, or an early reply, is never seen.
      subscribe: { fromBeginning: true },
    },
  }
}
