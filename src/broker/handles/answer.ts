import { type Reply, startReply } from '../waiting.ts'
import type { ClusterView } from './cluster-view.ts'

/**
 * Asks for something within a turn, and waits for the answer as a test waits: in real time, whatever the cluster's clock says.
 * @param what is waited for, in words that go on after 'waited 2000 ms for'
 * @throws whatever the answer fails with; UnmetWaitError
 */
export async function answerTo<T>(
  { queue, waits }: ClusterView,
  what: string,
  seen: () => string,
  ask: () => Reply<T>,
): Promise<T> {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined
  const cancel = queue.turn(() =>
    startReply(queue, ask(), {
      done: (value) => {
        outcome = { value }
      },
      failed: (error) => {
        outcome = { error }
      },
    }),
  )
  try {
    const told = await waits.until({ what, look: () => outcome, seen })
    if ('error' in told) throw told.error
    return told.value
  } finally {
    cancel()
  }
}
