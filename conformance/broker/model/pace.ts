import type { Side } from '../side.ts'

/** A side on which a history is played in step with another one. */
export interface Paced {
  readonly side: Side
  /** A moment that both sides come to. */
  keepPace(): Promise<void>
}

/** A real side: it notes how long it took to come to each moment. */
export function noting(side: Side, momentsMs: number[]): Paced {
  const began = side.now()
  const note = (): void => {
    momentsMs.push(side.now() - began)
  }
  return {
    side: {
      ...side,
      quiet: async () => {
        await side.quiet()
        note()
      },
    },
    keepPace: async () => note(),
  }
}

/**
 * A side on virtual time: as much passes before each moment as did on the real one, so that what ends by the clock ends at the
 * same point of the history, however slow the machine was.
 */
export function following(side: Side, momentsMs: readonly number[]): Paced {
  const began = side.now()
  let next = 0
  const follow = async (): Promise<void> => {
    const moment = momentsMs[next++]
    if (moment !== undefined) await side.pass(Math.max(0, began + moment - side.now()))
  }
  return {
    side: {
      ...side,
      quiet: async () => {
        await follow()
        await side.quiet()
      },
    },
    keepPace: follow,
  }
}
