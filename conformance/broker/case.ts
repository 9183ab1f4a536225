import type { ErrorName } from '../../src/protocol/errors.ts'
import type { AnyApi, Api, VersionRange } from '../../src/protocol/message.ts'
import { hasVersion, parseVersions } from '../../src/protocol/schema.ts'
import type { Served } from './run-case.ts'
import { ONE_BROKER, RESTARTED_BROKERS, type Shape, THREE_BROKERS } from './shapes.ts'
import type { World } from './world.ts'

/** What a scripted case does, the same on both sides: the answers that it gets are what is compared. */
export type Script = (world: World) => Promise<void>

export interface CaseOptions {
  /** Those it is about, as in '0-3' or '9+'. Default: all that both sides have. */
  readonly versions?: string
  /** What the cluster is to be made of. Default: 1. */
  readonly brokers?: 1 | 3
}

/** Cases by their names. A case may be a script alone, or one with options. */
export type Scripts = Readonly<Record<string, Script | readonly [CaseOptions, Script]>>

/** One thing that an API does, or refuses, run in each of its versions; or a scenario, which asks many and runs once. */
export interface Case {
  /** Unique among the cases of its API: 'a topic that is not there'. */
  readonly name: string
  /** The name of its API, or what the scenarios are called together. */
  readonly of: string
  /** undefined: it is a scenario. */
  readonly api: AnyApi | undefined
  readonly versions: VersionRange
  readonly shape: Shape
  readonly script: Script
}

/** The cases of one API, or the scenarios. */
export interface ApiCases {
  readonly name: string
  /** undefined: they are scenarios. */
  readonly api: AnyApi | undefined
  /** Every error that the handler can answer with; those that no case meets are told. */
  readonly errors: readonly ErrorName[]
  /** In the order in which they run. */
  readonly cases: readonly Case[]
}

/** The cases of one API. */
export function casesOf<Request, Response>(
  api: Api<Request, Response>,
  errors: readonly ErrorName[],
  scripts: Scripts,
): ApiCases {
  const anyApi = api as unknown as AnyApi
  const cases = Object.entries(scripts).map(([name, entry]): Case => {
    const [{ versions, brokers = 1 }, script]: readonly [CaseOptions, Script] =
      typeof entry === 'function' ? [{}, entry] : entry
    return {
      name,
      of: api.name,
      api: anyApi,
      versions: versions === undefined ? api.versions : parseVersions(versions),
      shape: brokers === 1 ? ONE_BROKER : THREE_BROKERS,
      script,
    }
  })
  return { name: api.name, api: anyApi, errors, cases }
}

/** The one version of a scenario. */
const ONCE: VersionRange = { min: 0, max: 0 }

/** What happens to several APIs when brokers stop and start; each script leaves all of them running, or is helped to. */
export function scenariosOf(scripts: Readonly<Record<string, Script>>): ApiCases {
  const of = 'Scenarios'
  const cases = Object.entries(scripts).map(
    ([name, script]): Case => ({ name, of, api: undefined, versions: ONCE, shape: RESTARTED_BROKERS, script }),
  )
  return { name: of, api: undefined, errors: [], cases }
}

/** The versions of a case among those that are served. */
export function versionsOf({ api, versions }: Case, served: Served): number[] {
  const range = api === undefined ? versions : served.apis.get(api.key)
  if (range === undefined) return []
  return Array.from({ length: range.max - range.min + 1 }, (_, i) => range.min + i).filter((version) =>
    hasVersion(versions, version),
  )
}
