import { Fetch } from '../../protocol/messages/fetch.ts'
import type { Broker } from '../broker.ts'

/** Up to this version of Fetch clients know no batches of magic 2. */
export const LAST_CONVERTED_VERSION = 3

/**
 * Whether the broker has the versions that Kafka 4.0 dropped (KIP-896). Where it does not, there is no care for clients that do
 * not know zstd, no records are sent as none, where it was null before, and a broker does not tell where it is itself.
 */
export function servesOldVersions({ served }: Broker): boolean {
  return (served.get(Fetch.key)?.min ?? 0) <= LAST_CONVERTED_VERSION
}
