import type { Struct } from '../../intercept/entity-layout.ts'
import type { Names } from '../../intercept/request-entries.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { Fetch } from '../../protocol/messages/fetch.ts'
import { Produce } from '../../protocol/messages/produce.ts'
import type { CurrentLeader } from '../apis/current-leader.ts'
import type { Endpoint } from '../apis/handler.ts'

export type { CurrentLeader, Endpoint }

/** Who is held for the leader where a request arrived, and where those are of whom that was told. */
export interface Hints {
  currentLeader(topic: string, partition: number): CurrentLeader
  readonly nodeEndpoints: readonly Endpoint[]
}

/** Where an API tells who leads instead (KIP-951), and of which errors. */
interface Hinted {
  readonly since: number
  /** The list of an answer's partitions. */
  readonly list: string
  readonly index: string
  readonly errors: readonly number[]
}

const HINTED: { readonly [apiKey: number]: Hinted } = {
  [Produce.key]: { since: 10, list: 'partitionResponses', index: 'index', errors: [ErrorCode.NOT_LEADER_OR_FOLLOWER] },
  [Fetch.key]: {
    since: 16,
    list: 'partitions',
    index: 'partitionIndex',
    errors: [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH],
  },
}

/**
 * An answer in which a handler has put errors, with what Kafka tells beside those that say that another broker leads: whom the broker holds for
 * the leader (KIP-951). Mostly it is that itself, in the epoch that the client knows: it tells nothing new, and the client asks for metadata.
 */
export function withLeaderHints(
  answer: Struct,
  { apiKey, version }: { readonly apiKey: number; readonly version: number },
  hints: Hints,
  names: Names,
): Struct {
  const hinted = HINTED[apiKey]
  const topics = answer.responses as readonly Struct[] | undefined
  if (hinted === undefined || version < hinted.since || topics === undefined) return answer
  const { list, index, errors } = hinted
  const responses = topics.map((topic) => {
    const name = namedBy(topic, names)
    if (name === undefined) return topic
    const partitions = (topic[list] as readonly Struct[] | undefined)?.map((partition) => {
      if (!errors.includes(partition.errorCode as number) || partition.currentLeader !== undefined) return partition
      return { ...partition, currentLeader: hints.currentLeader(name, (partition[index] ?? 0) as number) }
    })
    return { ...topic, [list]: partitions }
  })
  const known = (answer.nodeEndpoints ?? []) as readonly { readonly nodeId?: number }[]
  const added = hints.nodeEndpoints.filter(({ nodeId }) => !known.some((one) => one.nodeId === nodeId))
  return { ...answer, responses, nodeEndpoints: [...known, ...added] }
}

/** By its name, or by its id where that is all that there is. */
function namedBy({ name, topic, topicId }: Struct, names: Names): string | undefined {
  const told = name || topic
  return typeof told === 'string' && told !== '' ? told : names.topicName(String(topicId))
}
