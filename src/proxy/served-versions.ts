/** What clients are told that upstream serves. */
import type { Struct } from '../intercept/entity-layout.ts'
import { apiInfo } from '../protocol/api-keys.ts'
import { SaslHandshake } from '../protocol/messages/sasl-handshake.ts'
import { tellsAddresses } from './addresses.ts'

/** What becomes of APIs and versions that memkafka does not know: they pass untouched, or clients are not told of them. */
export type UnknownApis = 'pass' | 'hide'

interface Served {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/**
 * An answer to ApiVersions, without what a proxy could not see through: versions of which it does not know where they tell addresses, and, where
 * they are to be hidden, all that it does not know. The same object where that is nothing.
 */
export function withServedVersions(answer: Struct, unknown: UnknownApis): Struct {
  const told = (answer.apiKeys ?? []) as readonly Served[]
  const kept = told.flatMap((served) => servedThrough(served, unknown) ?? [])
  return kept.length === told.length && kept.every((served, i) => served === told[i])
    ? answer
    : { ...answer, apiKeys: kept }
}

function servedThrough(served: Served, unknown: UnknownApis): Served | undefined {
  const known = apiInfo.get(served.apiKey)
  if (known === undefined) return unknown === 'hide' ? undefined : served
  if (unknown === 'pass' && !isSeenThrough(served.apiKey)) return served
  const minVersion = Math.max(served.minVersion, known.min)
  const maxVersion = Math.min(served.maxVersion, known.max)
  if (minVersion > maxVersion) return undefined
  return minVersion === served.minVersion && maxVersion === served.maxVersion
    ? served
    : { ...served, minVersion, maxVersion }
}

/** Whether a proxy has to be able to read an API in every version that is served. */
export function isSeenThrough(apiKey: number): boolean {
  return tellsAddresses(apiKey) || apiKey === SaslHandshake.key
}

/** Whether a version of an API is known. */
export function isKnown(apiKey: number, version: number): boolean {
  const known = apiInfo.get(apiKey)
  return known !== undefined && version >= known.min && version <= known.max
}
