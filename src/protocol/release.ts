import { Derived } from './derived.ts'
import { apis, features, metadataVersions, patches } from './release-table.ts'

/** A release of Kafka whose brokers memkafka can pass for. */
export interface Release {
  /** Its name, without the patch: `4.1`, or `0.10.2` for what came before 1.0. */
  readonly version: string
  /** True from 3.3 on, where KRaft is production ready. Brokers before it keep to ZooKeeper: they answer NOT_CONTROLLER. */
  readonly kraft: boolean
  /** The name of the metadata.version that a new cluster runs at, as `4.1-IV1`; null before KRaft. */
  readonly metadataVersion: string | null
  /**
   * The versions of each API, by its key, that ApiVersions shows to clients (KIP-35), those between brokers included where
   * Kafka shows them. Brokers before 0.10.0 have no ApiVersions and close the connection; theirs is what they serve.
   */
  readonly apis: ReadonlyMap<number, VersionRange>
  /**
   * The lowest version served, for an API that is shown with lower ones: Kafka 4 shows Produce from 0, because older
   * librdkafka takes a broker without it for one without codecs, and refuses what is below 3 (KIP-896, KAFKA-18659).
   */
  readonly lowestServed: ReadonlyMap<number, number>
  /** In the order of their names; none before KRaft. */
  readonly features: readonly ReleaseFeature[]
  /** What others make of it. */
  readonly derived: Derived<Release>
}

/** The first and the last of an API's versions. */
export type VersionRange = readonly [min: number, max: number]

/** A feature (KIP-584) that a release's brokers support, and what a new cluster makes of it. */
export interface ReleaseFeature {
  readonly name: string
  /** The lowest level supported. ApiVersions up to version 3 leaves out a feature where it is 0 (KAFKA-17492). */
  readonly min: number
  readonly max: number
  /** The level of a newly formatted cluster; 0 is not finalized, and no answer lists it. */
  readonly finalized: number
}

/** The names that {@link releaseOf} knows, oldest first. */
export const releases: readonly string[] = patches.split(' ').map(nameOf)

const places: ReadonlyMap<string, number> = new Map(releases.map((name, place) => [name, place]))

/** The last release that serves what Kafka 4.0 dropped (KIP-896). */
const LAST_BEFORE_REMOVALS = '3.9'

type Facts = Pick<Release, 'apis' | 'lowestServed' | 'features'>

/** Reads its facts when they are asked for, and once. */
class LazyRelease implements Release {
  readonly version: string
  private readonly place: number
  private readonly read: () => Facts
  readonly derived: Derived<Release> = new Derived<Release>(this)
  private facts: Facts | undefined

  constructor(version: string, place: number, read: () => Facts = () => factsAt(place)) {
    this.version = version
    this.place = place
    this.read = read
  }

  get kraft(): boolean {
    return this.metadataVersion !== null
  }

  get metadataVersion(): string | null {
    return stateAt(metadataVersions, this.place) ?? null
  }

  get apis(): ReadonlyMap<number, VersionRange> {
    return this.all().apis
  }

  get lowestServed(): ReadonlyMap<number, number> {
    return this.all().lowestServed
  }

  get features(): readonly ReleaseFeature[] {
    return this.all().features
  }

  private all(): Facts {
    this.facts ??= this.read()
    return this.facts
  }
}

const known: readonly Release[] = releases.map((name, place) => new LazyRelease(name, place))

/**
 * The release of this name, or of this patch: `4.1` and `4.1.1` are the same, and what they serve is what the newest patch
 * of 4.1 does.
 * @throws RangeError that names the known ones, if it is none of them
 */
export function releaseOf(version: string): Release {
  const place = /^(0(\.\d+){1,3}|[1-9]\d*(\.\d+){1,2})$/.test(version) ? places.get(nameOf(version)) : undefined
  const release = place === undefined ? undefined : known[place]
  if (release === undefined) {
    throw new RangeError(`Kafka ${version} is not a release that memkafka knows; it knows ${releases.join(', ')}`)
  }
  return release
}

/** No release in particular: all that the newest one serves and all that 4.0 dropped; otherwise as the newest. */
export const everything: Release = new LazyRelease(releases.at(-1) ?? '', releases.length - 1, () => {
  const newest = factsAt(releases.length - 1)
  const before = releaseOf(LAST_BEFORE_REMOVALS)
  const apis = new Map(newest.apis)
  for (const [key, [min, max]] of before.apis) {
    const [newestMin, newestMax] = apis.get(key) ?? [min, max]
    apis.set(key, [Math.min(min, newestMin), Math.max(max, newestMax)])
  }
  return { apis, lowestServed: before.lowestServed, features: newest.features }
})

/** Whether a release is the one of this name or a later one. */
export function isAtLeast(release: Release, version: string): boolean {
  const place = places.get(version)
  return place !== undefined && (places.get(release.version) ?? 0) >= place
}

/** Whether a broker of this release has a handler for this version, or refuses it and closes the connection. */
export function serves(release: Release, apiKey: number, version: number): boolean {
  const [min, max] = release.apis.get(apiKey) ?? [0, -1]
  return version >= (release.lowestServed.get(apiKey) ?? min) && version <= max
}

function factsAt(place: number): Facts {
  const served = Object.entries(apis).flatMap(([key, history]) => {
    const state = stateAt(history, place)
    return state === undefined ? [] : [{ key: Number(key), ...levels(state) }]
  })
  return {
    apis: new Map(served.map(({ key, min, max }) => [key, [min, max]])),
    lowestServed: new Map(served.flatMap(({ key, more }) => (more === undefined ? [] : [[key, more]]))),
    features: Object.entries(features).flatMap(([name, history]) => {
      const state = stateAt(history, place)
      if (state === undefined) return []
      const { min, max, more: finalized = 0 } = levels(state)
      return [{ name, min, max, finalized }]
    }),
  }
}

/** What a history says of a release: `0-2` of 0.10.0, and nothing of 3.3, in `0.9.0 0-1, 0.10.0 0-2, 3.3 none`. */
function stateAt(history: string, place: number): string | undefined {
  for (const entry of history.split(', ').reverse()) {
    const space = entry.indexOf(' ')
    if ((places.get(entry.slice(0, space)) ?? 0) > place) continue
    const state = entry.slice(space + 1)
    return state === 'none' ? undefined : state
  }
  return undefined
}

/** Of `0-2` the two numbers, of `0-13 from 3` and `0-2 at 2` the third, too. */
function levels(state: string): { min: number; max: number; more: number | undefined } {
  const [min = 0, max = 0, more] = state.split(/\D+/).map(Number)
  return { min, max, more }
}

/** Up to 0.11 a release's name has three numbers, from 1.0 on two; what follows is the patch. */
function nameOf(version: string): string {
  const parts = version.split('.')
  if (parts[0] !== '0') return parts.slice(0, 2).join('.')
  return [...parts, '0'].slice(0, 3).join('.')
}
