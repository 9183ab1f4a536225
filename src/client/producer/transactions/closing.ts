import type { CallOptions } from '../../channel.ts'
import { ErrShuttingDown } from '../../errors/client-errors.ts'

/** The end of whoever has it, which ends every call that is told of it. */
export class Closing {
  private readonly controller = new AbortController()

  /** The same options, with a signal that this too aborts. */
  with({ signal }: CallOptions): { readonly signal: AbortSignal } {
    const closing = this.controller.signal
    return { signal: signal === undefined ? closing : AbortSignal.any([signal, closing]) }
  }

  close(): void {
    this.controller.abort(new ErrShuttingDown())
  }
}
