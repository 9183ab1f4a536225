import { ApiKey, type ApiName, apiInfo } from '../protocol/api-keys.ts'
import type { VersionRange } from '../protocol/message.ts'

/** Versions of APIs by name: from the first to the last, or null for an API that is not to be there at all. */
export type ApiVersionRanges = { readonly [Name in ApiName]?: readonly [min: number, max: number] | null }

/** The versions of each API that are served, by its key. */
export class ServedApis {
  private readonly ranges: ReadonlyMap<number, VersionRange>
  private list: readonly ListedApi[] | undefined

  constructor(ranges: ReadonlyMap<number, VersionRange>) {
    this.ranges = ranges
  }

  get(apiKey: number): VersionRange | undefined {
    return this.ranges.get(apiKey)
  }

  keys(): IterableIterator<number> {
    return this.ranges.keys()
  }

  [Symbol.iterator](): IterableIterator<[number, VersionRange]> {
    return this.ranges[Symbol.iterator]()
  }

  /** As ApiVersions lists them. */
  get listed(): readonly ListedApi[] {
    this.list ??= [...this.ranges].map(([apiKey, { min, max }]) => ({ apiKey, minVersion: min, maxVersion: max }))
    return this.list
  }
}

/** An API in an ApiVersions answer. Users' compilers read this file, and are spared the type of the whole answer. */
interface ListedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** The versions that a broker serves, which a test may narrow, more than once. */
export class ServedVersions {
  private readonly all: ServedApis
  private readonly narrowings = new Set<ReadonlyMap<number, VersionRange | undefined>>()

  constructor(all: ServedApis) {
    this.all = all
  }

  /** What is left of them. */
  get now(): ServedApis {
    if (this.narrowings.size === 0) return this.all
    const served = new Map(this.all)
    for (const narrowing of this.narrowings) {
      for (const [key, range] of narrowing) {
        const { min, max } = served.get(key) ?? { min: 0, max: -1 }
        const left = { min: Math.max(min, range?.min ?? 0), max: Math.min(max, range?.max ?? -1) }
        if (left.min > left.max) served.delete(key)
        else served.set(key, left)
      }
    }
    return new ServedApis(served)
  }

  /**
   * Serves no more than this of the APIs that are named. The function returned takes it back.
   * @throws RangeError for an API that is not served, or of which none of the versions are
   */
  narrow(ranges: ApiVersionRanges): () => void {
    const narrowing = new Map<number, VersionRange | undefined>()
    for (const [name, range] of Object.entries(ranges)) {
      const key = ApiKey[name as ApiName] as number | undefined
      const all = key === undefined ? undefined : this.all.get(key)
      if (key === undefined || all === undefined) {
        const known = [...this.all.keys()].map((known) => apiInfo.get(known)?.name).sort()
        throw new RangeError(`narrowApiVersions: ${name} is no API that is served; there are ${known.join(', ')}`)
      }
      if (range !== null && !isWithin(range, all)) {
        throw new RangeError(
          `narrowApiVersions: ${name}: [first, last] within ${all.min} to ${all.max} is wanted, or null, not ${JSON.stringify(range)}`,
        )
      }
      narrowing.set(key, range === null ? undefined : { min: range[0], max: range[1] })
    }
    this.narrowings.add(narrowing)
    return () => {
      this.narrowings.delete(narrowing)
    }
  }
}

function isWithin(range: readonly number[] | undefined, { min, max }: VersionRange): boolean {
  if (!Array.isArray(range) || range.length !== 2 || !range.every(Number.isInteger)) return false
  const [first, last] = range as [number, number]
  return first <= last && first >= min && last <= max
}
