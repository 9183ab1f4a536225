import type { Broker } from '../../client/broker.ts'
import { throwIf } from '../../client/errors/kafka-error.ts'
import { Fetch, type PartitionData } from '../../protocol/messages/fetch.ts'

/** From where on a partition is asked for. */
export interface FetchFrom {
  readonly topic: string
  readonly index: number
  readonly position: number
}

/** How an answer is waited for. */
export interface FetchOptions {
  readonly isCommittedOnly: boolean
  /** How long the broker may wait for the first record, in ms. */
  readonly maxWaitMs: number
  readonly signal: AbortSignal
}

/** The newest version that knows topics by their names. */
const LAST_VERSION_WITH_NAMES = 12
const MAX_BYTES = 16 << 20
/** Without a session (KIP-227). */
const NO_SESSION = { sessionId: 0, sessionEpoch: -1 }

/** Asks a broker for what there is of partitions of one topic that it leads. @throws KafkaError */
export async function fetchFrom(
  leader: Broker,
  partitions: readonly FetchFrom[],
  { isCommittedOnly, maxWaitMs, signal }: FetchOptions,
): Promise<readonly PartitionData[]> {
  const body = {
    ...NO_SESSION,
    maxWaitMs,
    minBytes: 1,
    maxBytes: MAX_BYTES,
    isolationLevel: isCommittedOnly ? 1 : 0,
    topics: [
      {
        topic: partitions[0]?.topic ?? '',
        partitions: partitions.map(({ index, position }) => ({
          partition: index,
          fetchOffset: position,
          partitionMaxBytes: MAX_BYTES,
        })),
      },
    ],
    forgottenTopicsData: [],
    rackId: '',
  }
  const options = { maxVersion: LAST_VERSION_WITH_NAMES, brokerWaitMs: maxWaitMs, signal }
  const { errorCode, responses } = await leader.send(Fetch, body, options)
  throwIf(errorCode)
  return responses.flatMap((response) => response.partitions)
}
