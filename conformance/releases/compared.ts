import type { ApiVersionsResponse } from '../../src/protocol/messages/api-versions.ts'
import { type ApiTable, FIRST_KRAFT, isFrom, told, type Versions } from './advertised.ts'
import { type Answers, tableOf } from './answers.ts'

/** Before it, who asked for an unknown version of ApiVersions was not told which there are (KIP-511). */
const FIRST_TO_TELL = [2, 4] as const
/** From it on answers have room for features (KIP-584); before KRaft there were none, and their epoch is that of what was never changed. */
const FIRST_WITH_FEATURES = [2, 7] as const
/** From it on Produce 0 to 2 are shown, and refused (KIP-896, KAFKA-18659). */
const FIRST_TO_REFUSE = [4, 0] as const

const PRODUCE = 0
const API_VERSIONS = 18
const UNSUPPORTED_VERSION = 35

/** What was compared: how much was the same, and a line for each thing that was not. */
export interface Compared {
  readonly same: number
  readonly different: readonly string[]
}

/** What memkafka should show: of what the release shows, what memkafka serves at all. */
export function cut(release: ApiTable, served: ApiTable): ApiTable {
  const left = [...release].flatMap(([key, [min, max]]): [number, Versions][] => {
    const [servedMin, servedMax] = served.get(key) ?? [0, -1]
    const both: Versions = [Math.max(min, servedMin), Math.min(max, servedMax)]
    return both[0] <= both[1] ? [[key, both]] : []
  })
  return new Map(left)
}

/** Compares table by table what a broker shows with what it is to show. */
export function compareTables(shown: ApiTable, expected: ApiTable, nameOf: (key: number) => string): Compared {
  const keys = [...new Set([...expected.keys(), ...shown.keys()])]
  const different = keys.filter((key) => told(shown.get(key)) !== told(expected.get(key)))
  return {
    same: keys.length - different.length,
    different: different.map((key) => `${nameOf(key)}: ${told(shown.get(key))} and not ${told(expected.get(key))}`),
  }
}

/** Compares with what a release, of which there is no running broker, is known to do. */
export function compareWithFacts(
  patch: string,
  { apiVersions, unknownVersion, produce }: Answers,
  expected: ApiTable,
  nameOf: (key: number) => string,
): Compared {
  const served = expected.get(API_VERSIONS)
  if (served === undefined) {
    const closes = apiVersions.size === 0 && unknownVersion === undefined
    return closes ? { same: 1, different: [] } : { same: 0, different: ['ApiVersions is answered'] }
  }
  const tables = versionsIn(served).map((version) => {
    const answer = apiVersions.get(version)
    if (answer === undefined) return { same: 0, different: [`ApiVersions v${version} is not answered`] }
    return sum([compareTables(tableOf(answer), expected, nameOf), compareFeatures(patch, version, answer)])
  })
  const tells = isFrom(patch, FIRST_TO_TELL) ? [[API_VERSIONS, ...served]] : []
  const unknown = compareValues('the answer to an unknown version of ApiVersions', briefly(unknownVersion), {
    errorCode: UNSUPPORTED_VERSION,
    apiKeys: tells,
  })
  const [lowest = 0, highest = -1] = expected.get(PRODUCE) ?? []
  const first = isFrom(patch, FIRST_TO_REFUSE) ? 3 : lowest
  const answered = versionsIn([first, Math.min(3, highest)])
  return sum([...tables, unknown, compareValues('the answered versions of Produce', produce, answered)])
}

/** Those of KRaft are compared where a broker runs. */
function compareFeatures(patch: string, version: number, answer: ApiVersionsResponse): Compared {
  if (isFrom(patch, FIRST_KRAFT)) return { same: 0, different: [] }
  const { supportedFeatures, finalizedFeatures, finalizedFeaturesEpoch, zkMigrationReady } = answer
  const shown = [supportedFeatures.length, finalizedFeatures.length, finalizedFeaturesEpoch, zkMigrationReady]
  const epoch = version >= 3 && isFrom(patch, FIRST_WITH_FEATURES) ? 0 : -1
  return compareValues(`the features of v${version}, and their epoch`, shown, [0, 0, epoch, false])
}

/** Compares with a running broker of the same release. Of what it serves only that counts which memkafka serves at all. */
export function compareWithBroker(
  ours: Answers,
  theirs: Answers,
  served: ApiTable,
  nameOf: (key: number) => string,
): Compared {
  const versions = [...new Set([...ours.apiVersions.keys(), ...theirs.apiVersions.keys()])]
  const answers = versions.map((version) => {
    const [mine, real] = [ours.apiVersions.get(version), theirs.apiVersions.get(version)]
    if (mine === undefined || real === undefined) {
      return { same: 0, different: [`ApiVersions v${version} is answered by ${mine ? 'memkafka' : 'Kafka'} alone`] }
    }
    const names = mine.supportedFeatures.map(({ name }) => name)
    return sum([
      compareTables(tableOf(mine), cut(tableOf(real), served), nameOf),
      compareValues(`the features of v${version}`, featuresOf(mine, names), featuresOf(real, names)),
    ])
  })
  return sum([
    ...answers,
    compareValues(
      'the answer to an unknown version of ApiVersions',
      briefly(ours.unknownVersion),
      briefly(theirs.unknownVersion),
    ),
    compareValues('the answered versions of Produce', ours.produce, theirs.produce),
  ])
}

export function sum(all: readonly Compared[]): Compared {
  return { same: all.reduce((sum, { same }) => sum + same, 0), different: all.flatMap(({ different }) => different) }
}

function compareValues(what: string, shown: unknown, expected: unknown): Compared {
  const [left, right] = [shown, expected].map((value) => JSON.stringify(value))
  return left === right ? { same: 1, different: [] } : { same: 0, different: [`${what}: ${left} and not ${right}`] }
}

function briefly(answer: ApiVersionsResponse | undefined): unknown {
  return answer && { errorCode: answer.errorCode, apiKeys: [...tableOf(answer)].map(([key, range]) => [key, ...range]) }
}

/**
 * What an answer says besides the APIs, of features only these, in the order of their names: Kafka's is that of a hash map. The
 * epoch is how much the metadata log has by then.
 */
function featuresOf(answer: ApiVersionsResponse, names: readonly string[]): unknown {
  const { throttleTimeMs, supportedFeatures, finalizedFeatures, finalizedFeaturesEpoch, zkMigrationReady } = answer
  const supported = supportedFeatures.flatMap(({ name, minVersion, maxVersion }) =>
    names.includes(name) ? [[name, minVersion, maxVersion]] : [],
  )
  const finalized = finalizedFeatures.flatMap(({ name, minVersionLevel, maxVersionLevel }) =>
    names.includes(name) ? [[name, minVersionLevel, maxVersionLevel]] : [],
  )
  return {
    throttleTimeMs,
    supported: supported.sort(),
    finalized: finalized.sort(),
    hasEpoch: finalizedFeaturesEpoch >= 0,
    zkMigrationReady,
  }
}

function versionsIn([min, max]: Versions): number[] {
  return Array.from({ length: Math.max(0, max - min + 1) }, (_, i) => min + i)
}
