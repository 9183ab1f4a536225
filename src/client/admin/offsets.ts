import { ListOffsets } from '../../protocol/messages/list-offsets.ts'
import type { CallOptions } from '../channel.ts'
import { type IsolationLevel, ReadUncommitted } from '../config/options.ts'
import { ConfigurationError } from '../errors/client-errors.ts'
import { groupedBy } from '../maps.ts'
import { ask, type Calls } from './calls.ts'
import { errorOrNull } from './errors.ts'
import { askLeaders } from './leaders.ts'
import { byName, byNumber, type MapOf } from './maps.ts'

export interface ListOffsetsOptions extends CallOptions {
  /** With ReadCommitted, OffsetNewest is the last stable offset; Kafka 0.11. Default: ReadUncommitted. */
  readonly isolationLevel?: IsolationLevel
}

export interface OffsetResult {
  /** -1 when there is no record of that time or later, or it is not told. */
  readonly offset: number
  /** The record's, in ms since 1970; -1 for OffsetNewest and OffsetOldest. */
  readonly timestamp: number
  /** -1 where brokers do not tell it. */
  readonly leaderEpoch: number
  /** Why it is not told; null when it is. */
  readonly err: Error | null
}

export async function listOffsets(
  calls: Calls,
  partitions: MapOf<string, MapOf<number, number>>,
  { isolationLevel = ReadUncommitted, signal }: ListOffsetsOptions,
): Promise<Map<string, Map<number, OffsetResult>>> {
  const questions = byName(partitions).flatMap(([topic, times]) =>
    byNumber(times).map(([partition, question]) => ({ topic, partition, question })),
  )
  if (questions.length === 0) throw new ConfigurationError('no partitions provided')
  const results = await askLeaders<number, OffsetResult>(calls, questions, { signal }, async (leader, asked) => {
    const topics = [...groupedBy(asked, ({ topic }) => topic)].map(([name, own]) => ({
      name,
      partitions: own.map(({ partition, question, epoch }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: epoch,
        timestamp: question,
      })),
    }))
    const { timeoutMs } = calls
    const body = { replicaId: -1, isolationLevel, topics, timeoutMs }
    const answer = await ask(leader, ListOffsets, body, { signal, brokerWaitMs: timeoutMs })
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, oldStyleOffsets, offset, timestamp, leaderEpoch }) => ({
        topic: name,
        partition: partitionIndex,
        answer: errorOrNull(errorCode) ?? { offset: oldStyleOffsets[0] ?? offset, timestamp, leaderEpoch, err: null },
      })),
    )
  })
  return new Map(
    [...results].map(([topic, partitions]) => [
      topic,
      new Map([...partitions].map(([id, told]) => [id, told instanceof Error ? failed(told) : told])),
    ]),
  )
}

function failed(err: Error): OffsetResult {
  return { offset: -1, timestamp: -1, leaderEpoch: -1, err }
}
