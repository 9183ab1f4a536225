import type { Bench, Figure, Session } from './benches.ts'
import type { Build, Peer } from './build.ts'

/** What was measured of one figure. */
export interface Result {
  /** The bench that it belongs to. */
  readonly bench: string
  readonly figure: Figure
  /** A build's values, a round each. */
  readonly values: readonly number[]
  /** The other build's, in the same rounds. */
  readonly against?: readonly number[]
}

/** Measures builds in turn, round by round, so that whatever else the machine does falls on all of them. */
export async function measure(
  bench: Bench,
  builds: readonly Build[],
  peer: Peer | undefined,
  rounds: number,
): Promise<Result[]> {
  const sessions: { readonly session: Session; readonly rounds: (readonly number[])[] }[] = []
  try {
    for (const build of builds) sessions.push({ session: await bench.open(build), rounds: [] })
    if (peer !== undefined && bench.openPeer !== undefined) {
      sessions.push({ session: await bench.openPeer(peer, builds[0] as Build), rounds: [] })
    }
    for (let round = -bench.warmUps; round < rounds; round++) {
      // Whoever is first has no advantage of it in the long run.
      for (const one of round % 2 === 0 ? sessions : sessions.toReversed()) {
        const values = await one.session.round()
        if (round >= 0) one.rounds.push(values)
      }
    }
    return bench.figures.map((figure, i) => {
      const [values, against] = sessions.map((one) => one.rounds.map((round) => round[i] as number))
      return {
        bench: bench.name,
        figure,
        values: values as number[],
        ...(against?.[0] === undefined ? {} : { against }),
      }
    })
  } finally {
    for (const { session } of sessions) await session.close()
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2
}

/** The median of the ratios round by round: it stands even while the machine changes its pace. */
export function medianRatio(values: readonly number[], against: readonly number[]): number {
  return median(values.map((value, i) => value / (against[i] as number)))
}
