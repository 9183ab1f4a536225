import { behindProxy } from './clusters.ts'
import type { Program } from './programs.ts'
import { type Cluster, type Result, runClients } from './run.ts'

/**
 * Runs programs through a proxy before each of the clusters. One with which a step fails there runs without the proxy too: what fails
 * on the cluster itself is not the proxy's doing, as where Kafka no longer serves what an old client speaks.
 * @param limitMs after which a program is ended
 */
export async function* runThroughProxy(
  programs: readonly Program[],
  clusters: readonly Cluster[],
  limitMs?: number,
): AsyncGenerator<Result, void, void> {
  for (const program of programs) {
    for (const cluster of clusters) {
      const through = await gathered(runClients([program], [behindProxy(cluster)], limitMs))
      const straight = through.some(({ outcome }) => outcome === 'failed')
        ? await gathered(runClients([program], [cluster], limitMs))
        : []
      const failsAnyway = new Set(straight.map((result) => (result.outcome === 'failed' ? result.step : undefined)))
      for (const result of through) {
        if (result.outcome === 'failed' && failsAnyway.has(result.step)) yield { ...result, outcome: 'fails anyway' }
        else yield result
      }
      // Without its tools it runs on no cluster, which is told once.
      if (through.some(({ outcome }) => outcome === 'not run')) break
    }
  }
}

async function gathered(results: AsyncIterable<Result>): Promise<Result[]> {
  const list: Result[] = []
  for await (const result of results) list.push(result)
  return list
}
