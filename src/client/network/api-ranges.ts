import type { Api } from '../../protocol/message.ts'
import { type Release, releaseOf } from '../../protocol/release.ts'
import { ErrUnsupportedVersion } from '../errors/kafka-errors.ts'

/** What a broker serves of one API. */
interface ApiRange {
  readonly min: number
  readonly max: number
}

/** What a broker serves, by API key. */
export type ApiRanges = ReadonlyMap<number, ApiRange>

/** Any API, whatever its messages are. */
export type SomeApi = Pick<Api<never, never>, 'key' | 'name' | 'versions' | 'latestVersionUnstable'>

/** What the brokers of a release serve: what is assumed of a broker that is not asked (`apiVersionsRequest`). */
export function rangesOf(version: string): ApiRanges {
  return releaseOf(version).derived.by(allRanges)
}

function allRanges({ apis }: Release): ApiRanges {
  return new Map([...apis].map(([key, [min, max]]) => [key, { min, max }]))
}

/**
 * The newest version that the broker serves, this client knows, and `ceiling` allows.
 * @param ceiling what the release has above which no request is to go
 * @throws ErrUnsupportedVersion when there is none
 */
export function newestCommon(
  api: SomeApi,
  served: ApiRanges,
  ceiling: ApiRanges,
  maxVersion: number = Number.MAX_VALUE,
): number {
  const theirs = served.get(api.key)
  if (theirs === undefined) throw new ErrUnsupportedVersion(`kafka: the broker does not have ${api.name}`)
  const allowed = ceiling.get(api.key)
  if (allowed === undefined)
    throw new ErrUnsupportedVersion(`kafka: ${api.name} is newer than the release that the config's version names`)
  const known = api.latestVersionUnstable ? api.versions.max - 1 : api.versions.max
  const version = Math.min(theirs.max, known, allowed.max, maxVersion)
  if (version < theirs.min || version < api.versions.min) {
    throw new ErrUnsupportedVersion(
      `kafka: the broker has ${api.name} in the versions ${theirs.min} to ${theirs.max}, and none of them can be used: ` +
        `the newest that is allowed is ${version}`,
    )
  }
  return version
}
