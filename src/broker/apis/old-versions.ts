import { Fetch } from '../../protocol/messages/fetch.ts'
import { isAtLeast } from '../../protocol/release.ts'
import type { Broker } from '../broker.ts'

/** Up to this version of Fetch clients know no batches of magic 2. */
export const LAST_CONVERTED_VERSION = 3

/**
 * Whether the broker has the versions that Kafka 4.0 dropped (KIP-896). Where it does not, there is no care for clients that do
 * not know zstd, and no records are sent as none, where it was null before.
 */
export function servesOldVersions({ served }: Broker): boolean {
  return (served.get(Fetch.key)?.min ?? 0) <= LAST_CONVERTED_VERSION
}

/**
 * Whether a message set has the size that the records had before they were converted (KIP-283), as from 2.0 on in every release
 * that converts. Old clients trip over it, so a broker that passes for no release in particular does not do it.
 */
export function tellsSizeFirst({ release }: Broker): boolean {
  return isAtLeast(release, '2.0') && !isAtLeast(release, '4.0')
}
