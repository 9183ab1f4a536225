import { abortable } from './abortable.ts'
import type { Brokers } from './brokers.ts'
import { ErrOutOfBrokers } from './errors/client-errors.ts'
import type { ConnectedBroker } from './network/connected-broker.ts'
import { isRetriable } from './retrying.ts'

/** Asks one broker after the other until one answers. @throws what a broker answered, ErrOutOfBrokers when none did */
export async function askAnyone<T>(
  brokers: Brokers,
  signal: AbortSignal,
  ask: (broker: ConnectedBroker) => Promise<T>,
): Promise<T> {
  const errors: Error[] = []
  for (const broker of brokers.candidates()) {
    try {
      return await abortable(ask(broker), signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!isUnreachable(error)) throw error
      errors.push(error as Error)
    }
  }
  throw new ErrOutOfBrokers(errors)
}

/** Whether an error says that a broker could not be talked to, and another one may be. */
function isUnreachable(error: unknown): boolean {
  const { error: name } = error as { error?: string }
  return name === 'NETWORK_EXCEPTION' || name === 'REQUEST_TIMED_OUT' || (name === undefined && isRetriable(error))
}
