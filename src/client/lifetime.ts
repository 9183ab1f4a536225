import type { Config } from './config/config.ts'
import { ErrClosedClient } from './errors/client-errors.ts'
import { retrying } from './retrying.ts'

/** How long a client is open: what it has begun ends with it. */
export class Lifetime {
  private readonly config: Config
  private readonly ending = new AbortController()

  constructor(config: Config) {
    this.config = config
  }

  get isOver(): boolean {
    return this.ending.signal.aborted
  }

  end(): void {
    this.ending.abort(new ErrClosedClient())
  }

  /** @throws ErrClosedClient when it is over */
  check(): void {
    this.ending.signal.throwIfAborted()
  }

  /** Has the client's end abort something, until the function returned is called. */
  aborts(controller: AbortController): () => void {
    const { signal } = this.ending
    const abort = (): void => controller.abort(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    return () => signal.removeEventListener('abort', abort)
  }

  /** A signal that the client's end aborts, too. */
  signal(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.ending.signal : AbortSignal.any([signal, this.ending.signal])
  }

  /**
   * Tries by `metadata.retry`, as long as the client is open.
   * @param attempt is told what ends it, and how often it was tried before
   */
  retrying<T>(
    signal: AbortSignal | undefined,
    attempt: (signal: AbortSignal, retries: number) => Promise<T>,
  ): Promise<T> {
    const whileOpen = this.signal(signal)
    return retrying(this.config, this.config.metadata.retry, whileOpen, (retries) => attempt(whileOpen, retries))
  }
}
