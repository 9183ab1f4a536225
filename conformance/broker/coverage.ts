import { type ErrorName, errorName } from '../../src/protocol/errors.ts'
import type { Transcript } from './transcript.ts'

/** What the cases of one API have met. */
export interface Coverage {
  /** The versions in which something went well. */
  readonly good: Set<number>
  /** The versions in which something was refused: an error, or the end of the connection. */
  readonly refused: Set<number>
  /** The errors that were answered. */
  readonly errors: Set<ErrorName>
}

export function emptyCoverage(): Coverage {
  return { good: new Set(), refused: new Set(), errors: new Set() }
}

/** Counts what the API's own requests were answered in a run of a case. */
export function cover(coverage: Coverage, api: string, version: number, transcript: Transcript): void {
  for (const { request, outcome } of transcript) {
    // `Produce`, `Produce: again`; another version of it is `Produce v3`.
    if (request !== api && !request.startsWith(`${api}: `)) continue
    const codes = typeof outcome === 'object' ? errorCodes(outcome) : []
    const errors = codes.filter((code) => code !== 0)
    for (const code of errors) coverage.errors.add(errorName(code))
    if (outcome === 'closed' || errors.length > 0) coverage.refused.add(version)
    if (outcome !== 'closed' && (codes.length === 0 || codes.includes(0))) coverage.good.add(version)
  }
}

/** The same for a scenario, whose requests are of several APIs: each tells its own, and the version it was sent in. */
export function coverScenario(coverageOf: (api: string) => Coverage, transcript: Transcript): void {
  for (const exchange of transcript) {
    const [, api, version] = /^(\w+) v(\d+)(?:: |$)/.exec(exchange.request) ?? []
    if (api !== undefined) cover(coverageOf(api), api, Number(version), [{ ...exchange, request: api }])
  }
}

function errorCodes(value: unknown): number[] {
  if (Array.isArray(value)) return value.flatMap(errorCodes)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) =>
    /error_?code$/i.test(name) && typeof item === 'number' ? [item] : errorCodes(item),
  )
}
