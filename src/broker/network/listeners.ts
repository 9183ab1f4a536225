import type { ReadOptions } from '../options.ts'
import type { Listener, OpenListener } from './listener.ts'

/** A listener for each node; when one cannot be opened none stays open. @throws Node's system error */
export async function openListeners({ nodes, host, port }: ReadOptions, listen: OpenListener): Promise<Listener[]> {
  const opened = await Promise.allSettled(nodes.map((_, i) => listen(host, port === 0 ? 0 : port + i)))
  const listeners = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failure = opened.find((result) => result.status === 'rejected')
  if (failure === undefined) return listeners
  await closeListeners(listeners)
  throw failure.reason
}

/** Lets go of their ports. */
export async function closeListeners(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()))
}
