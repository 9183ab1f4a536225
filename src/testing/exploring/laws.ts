import type { TestRecord } from '../../broker/handles/records/test-record.ts'
import type { Law, Outcome } from './history.ts'

/** A law of your own: a function that throws, or gives `false` or what is wrong (text, or an error), where it does not hold. */
export function law<T>(name: string, holds: (outcome: Outcome<T>) => unknown): Law<T> {
  if (typeof name !== 'string' || typeof holds !== 'function') {
    throw new TypeError("law wants a name and a function, as law('an order is paid once', ({ value }) => …)")
  }
  return { name, holds }
}

/** Which records a law is about. */
export interface KeptOptions {
  readonly topic: string
  /** What of a record is what `acknowledged` was called with. Default: its value. */
  readonly id?: (record: TestRecord<string, string>) => string | null
}

/** Everything that was acknowledged (`acknowledged(id)` in `run`) is in the topic, and was not aborted. */
export function nothingAcknowledgedIsLost({ topic, id = ({ value }) => value }: KeptOptions): Law {
  return {
    name: 'nothing acknowledged is lost',
    holds: async ({ cluster, acknowledged }) => {
      const committed = await cluster.topic(topic).records({ isolation: 'read_committed' })
      const there = new Set(committed.map((record) => id(record)))
      const isMissing = (one: string): boolean => !there.has(one)
      if (acknowledged.some(isMissing)) {
        // From where a transaction is still open nothing is decided: it is there, and not lost.
        for (const record of await cluster.topic(topic).records()) {
          if (record.offset >= cluster.partition(topic, record.partition).lastStableOffset) there.add(id(record))
        }
      }
      return told(acknowledged.filter(isMissing), `acknowledged, and not in ${topic}`)
    },
  }
}

/** Everything that was acknowledged has been processed (`processed(id)` in `run`). */
export function processedAtLeastOnce(): Law {
  return {
    name: 'processed at least once',
    holds: ({ acknowledged, processed }) =>
      told(
        acknowledged.filter((one) => !processed.has(one)),
        'acknowledged, and never processed',
      ),
  }
}

/** Everything that was acknowledged has been processed, and nothing twice. */
export function processedExactlyOnce(): Law {
  return {
    name: 'processed exactly once',
    holds: ({ acknowledged, processed }) => {
      const never = told(
        acknowledged.filter((one) => !processed.has(one)),
        'acknowledged, and never processed',
      )
      const again = [...processed].flatMap(([one, times]) => (times > 1 ? [`${one} (${times} times)`] : []))
      return never ?? told(again, 'processed more than once')
    },
  }
}

const MOST_TOLD = 5

function told(ids: readonly string[], what: string): string | undefined {
  const different = [...new Set(ids)]
  if (different.length === 0) return undefined
  const rest = different.length - MOST_TOLD
  return `${different.slice(0, MOST_TOLD).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}: ${what}`
}

/** What is wrong; undefined where the law holds. */
export async function broken<T>({ name, holds }: Law<T>, outcome: Outcome<T>): Promise<string | Error | undefined> {
  try {
    const answer = await holds(outcome)
    if (answer instanceof Error) return answer
    if (answer === false) return `${name}: it does not hold`
    return typeof answer === 'string' ? `${name}: ${answer}` : undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
