/**
 * Where the time goes: the functions of profiles that Node wrote, by the time spent in each of them itself, as a share of the time
 * in which the process was not idle.
 *
 *   node --cpu-prof --cpu-prof-dir=.cache/profiles bench/main.ts produce-tcp-1KiB-16KiB
 *   node bench/profile.ts .cache/profiles/*.cpuprofile
 */
import { readFileSync } from 'node:fs'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

const SHOWN = 25

for (const file of process.argv.slice(2)) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url === '' ? '' : `${url.replace(/^.*\/(?=[^/]+\/[^/]+$)/, '')}:${lineNumber + 1}`
      return [id, `${functionName || '(anonymous)'}  ${place}`]
    }),
  )
  const times = new Map<string, number>()
  let busy = 0
  samples.forEach((id, i) => {
    const name = names.get(id) as string
    const took = timeDeltas[i] as number
    if (name.startsWith('(idle)')) return
    busy += took
    times.set(name, (times.get(name) ?? 0) + took)
  })
  console.log(`${file}: ${(busy / 1e6).toFixed(2)} s busy`)
  for (const [name, took] of [...times].sort(([, a], [, b]) => b - a).slice(0, SHOWN)) {
    console.log(`${((took / busy) * 100).toFixed(1).padStart(6)} %  ${name}`)
  }
}
