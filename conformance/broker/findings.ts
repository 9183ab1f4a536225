import { type Coverage, cover, coverScenario, emptyCoverage } from './coverage.ts'
import { caseDifferences } from './differences.ts'
import { type Compared, told } from './differential.ts'
import type { Served } from './run-case.ts'
import { rangesOf } from './transcript.ts'

/** What came of the comparison with one release of Kafka: counts it, and tells on the console where something differs. */
export class Findings {
  readonly release: string
  passed = 0
  failed = 0
  /** By the names of the APIs. */
  readonly coverage = new Map<string, Coverage>()
  private readonly apis = new Map<number, readonly [min: number, max: number]>()

  constructor(release: string) {
    this.release = release
  }

  /** What both sides have. */
  serves({ apis }: Served): void {
    for (const [key, { min, max }] of apis) this.apis.set(key, [min, max])
  }

  /** The versions of an API that both sides have, in order. */
  versions(key: number): number[] {
    const [min, max] = this.apis.get(key) ?? [0, -1]
    return Array.from({ length: max - min + 1 }, (_, i) => min + i)
  }

  coverageOf(api: string): Coverage {
    const known = this.coverage.get(api) ?? emptyCoverage()
    this.coverage.set(api, known)
    return known
  }

  /** @param old where the recorded answers are not those of today, a line each */
  add(found: Compared, old: readonly string[]): void {
    const { api, version, transcript, differences, allowed } = found
    if (version === undefined) coverScenario((of) => this.coverageOf(of), transcript)
    else cover(this.coverageOf(api), api, version, transcript)
    const wrong = [...old]
    if (allowed === undefined) wrong.push(...differences)
    else if (differences.length === 0) wrong.push('it no longer differs: take it from the list of differences')
    if (wrong.length === 0) this.passed++
    else this.fail(`${told(found)}${wrong.map((line) => `\n  ${line}`).join('')}`)
  }

  fail(what: string): void {
    this.failed++
    console.log(`failed: Kafka ${this.release}: ${what}`)
  }
}

/** What has not been compared with either release, a line each: versions without a good path or an error, errors never met. */
export function gaps(
  api: { readonly name: string; readonly key: number },
  errors: readonly string[],
  all: readonly Findings[],
): string[] {
  const versions = [...new Set(all.flatMap((findings) => findings.versions(api.key)))].sort((a, b) => a - b)
  const without = (which: 'good' | 'refused') =>
    versions.filter((version) => all.every((findings) => !findings.coverageOf(api.name)[which].has(version)))
  const met = new Set<string>(all.flatMap((findings) => [...findings.coverageOf(api.name).errors]))
  const lines = [
    ['no good path in', rangesOf(without('good'))],
    ['no error in', rangesOf(without('refused'))],
    ['never answered', errors.filter((error) => !met.has(error)).join(', ')],
    ['answered, and not told as possible', [...met].filter((error) => !errors.includes(error)).join(', ')],
  ] as const
  return lines.filter(([, what]) => what !== '').map(([why, what]) => `${why}: ${what}`)
}

/** Entries of the list of differences that no case has. */
export function unknownDifferences(names: ReadonlySet<string>): string[] {
  return caseDifferences.map((entry) => entry.case).filter((name) => !names.has(name))
}
