import { Channel } from '../channel.ts'
import type { Config } from '../config/config.ts'
import { ProducerError } from '../errors/client-errors.ts'
import type { Outcomes } from './producer-core.ts'
import type { ProducerMessage } from './producer-message.ts'

/** What became of messages, until somebody reads it. */
export class ProducerResults implements Outcomes {
  readonly successes: Channel<ProducerMessage>
  readonly errors: Channel<ProducerError>
  readonly succeeded: ((message: ProducerMessage) => void) | null
  private readonly returnsErrors: boolean

  constructor({ producer, channelBufferSize }: Config) {
    this.successes = new Channel(channelBufferSize)
    this.errors = new Channel(channelBufferSize)
    this.succeeded = producer.return.successes ? (message) => this.successes.push(message) : null
    this.returnsErrors = producer.return.errors
  }

  readonly failed = (message: ProducerMessage, error: Error): void => {
    if (this.returnsErrors) this.errors.push(new ProducerError(message, error))
  }

  readonly hasRoom = (): boolean => this.successes.hasRoom && this.errors.hasRoom

  readonly whenRoom = (): Promise<void> => (this.successes.hasRoom ? this.errors : this.successes).whenRoom()

  close(): void {
    this.successes.close()
    this.errors.close()
  }
}
