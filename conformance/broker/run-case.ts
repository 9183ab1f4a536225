import type { VersionRange } from '../../src/protocol/message.ts'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { WireClient } from '../../test/wire-client.ts'
import type { Case } from './case.ts'
import type { Side } from './side.ts'
import type { Transcript } from './transcript.ts'
import { World } from './world.ts'

/** What a side has. */
export interface Served {
  /** The versions of each API, by key. */
  readonly apis: ReadonlyMap<number, VersionRange>
  /** The names of the features that it supports. */
  readonly features: ReadonlySet<string>
}

/** What a side advertises. */
export async function servedBy(side: Side): Promise<Served> {
  const client = new WireClient(await side.connect(1))
  const asked = client.send(ApiVersions, 4, { clientSoftwareName: 'conformance', clientSoftwareVersion: '1' })
  const { answer } = await side.await(asked, 10_000, Promise.resolve())
  client.close()
  if (answer === undefined) throw new Error(`${side.name} does not answer ApiVersions`)
  const { apiKeys, supportedFeatures } = answer
  return {
    apis: new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }])),
    features: new Set(supportedFeatures.map(({ name }) => name)),
  }
}

/** What both have. */
export function commonTo(one: Served, other: Served): Served {
  const common = [...one.apis].flatMap(([key, range]): [number, VersionRange][] => {
    const second = other.apis.get(key)
    if (second === undefined) return []
    return [[key, { min: Math.max(range.min, second.min), max: Math.min(range.max, second.max) }]]
  })
  return {
    apis: new Map(common.filter(([, { min, max }]) => min <= max)),
    features: new Set([...one.features].filter((name) => other.features.has(name))),
  }
}

/** Of one run of a case. */
export interface CaseRun {
  readonly transcript: Transcript
  /** Why the script did not come to its end. */
  readonly failure?: string
}

/**
 * Runs a case in one version.
 * @param run makes the names of this run its own: another number than that of any run before on this side, and the same on
 *   the other side
 */
export async function runCase(side: Side, one: Case, version: number, run: number, served: Served): Promise<CaseRun> {
  const world = new World(side, version, { api: one.api, run, served })
  try {
    await one.script(world)
    return { transcript: world.transcript }
  } catch (error) {
    return { transcript: world.transcript, failure: error instanceof Error ? error.message : String(error) }
  } finally {
    world.close()
    if (one.shape.restarts) await startAll(side)
  }
}

/** The next case has all brokers. */
async function startAll(side: Side): Promise<void> {
  for (let nodeId = 1; nodeId <= side.brokers; nodeId++) {
    await side.resumeBroker(nodeId)
    await side.startBroker(nodeId)
  }
}
