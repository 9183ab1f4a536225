import type { Input } from '../protocol/message.ts'
import type { MetadataRequest } from '../protocol/messages/metadata.ts'

/**
 * The body of a request for the metadata of these topics; of all for null.
 * @param allowAutoTopicCreation whether those that there are not may be created by being asked for; brokers before 0.11 always may
 */
export function metadataRequest(
  topics: readonly string[] | null,
  allowAutoTopicCreation: boolean,
): (version: number) => Input<MetadataRequest> {
  const named = topics?.map((name) => ({ name })) ?? null
  return (version) => {
    // Version 0 has no other way to ask for all topics than to name none.
    const wanted = version === 0 ? (named ?? []) : named
    return version >= 4 ? { topics: wanted, allowAutoTopicCreation } : { topics: wanted }
  }
}
