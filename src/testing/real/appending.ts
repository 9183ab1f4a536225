import { patience } from '../../broker/clock.ts'
import { checkAppendOptions, placeAll } from '../../broker/handles/records/placement.ts'
import { type PlacedRecord, recordsToAppend } from '../../broker/handles/records/record-bytes.ts'
import type { AppendedRecord, AppendOptions } from '../../broker/handles/records/record-to-append.ts'
import { kafkaError } from '../../client/errors/kafka-error.ts'
import { ErrTopicAlreadyExists } from '../../client/errors/kafka-errors.ts'
import { errorName } from '../../protocol/errors.ts'
import { type PartitionProduceResponse, Produce } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { type LedPartition, offsetsOf, partitionsOfTopic, type RealView } from './connection.ts'
import { isPassing } from './passing.ts'

/** The newest version that knows topics by their names. */
const LAST_VERSION_WITH_NAMES = 12

/** How long a broker may wait for the in-sync replicas, in ms. */
const TIMEOUT_MS = 10_000

/** Where records are to go. */
interface Target {
  readonly topic: string
  /** Undefined: each where it says, or its key. */
  readonly partition: number | undefined
}

interface Batch {
  readonly index: number
  /** Which of the records are in it. */
  readonly places: readonly number[]
  readonly bytes: Buffer
}

/** Produces records as one batch for each partition. What a leader has refused, as it leads no more, is sent to the next one. */
export async function appendTo(
  view: RealView,
  { topic, partition }: Target,
  records: unknown,
  options: AppendOptions,
): Promise<readonly AppendedRecord[]> {
  checkAppendOptions(options)
  const { compression = 'none', acks = -1 } = options
  const placed = recordsToAppend(records, patience.now())
  view.permission.checkWrites(`append to ${topic}`)
  const told = {
    what: `${topic} to take what is appended`,
    seen: () => 'Its leaders have not taken all of it: some of it may be there.',
  }
  return view.waits.during(told, undefined, async (signal) => {
    const partitions = await madePartitions(view, topic, signal)
    const indices = placeAll({ topic, ends: await endsOf(view, topic, partitions, placed) }, partition, placed)
    let left: readonly Batch[] = [...Map.groupBy(indices.keys(), (place) => indices[place] as number)].map(
      ([index, places]) => {
        const inputs = places.map((place) => (placed[place] as PlacedRecord).input)
        return { index, places, bytes: buildBatch(inputs, { compression }) }
      },
    )
    const appended: AppendedRecord[] = []
    for (let times = 0; ; times++) {
      const leaders = times === 0 ? partitions : ((await partitionsOfTopic(view, topic)) ?? [])
      left = await sendAll(view, { topic, acks, leaders, signal }, left, ({ index, places }, answer) => {
        const { baseOffset, logAppendTimeMs } = answer
        places.forEach((place, i) => {
          const timestamp = logAppendTimeMs === -1 ? (placed[place]?.input.timestamp ?? -1) : logAppendTimeMs
          appended[place] = { topic, partition: index, offset: baseOffset + i, timestamp }
        })
      })
      if (left.length === 0) return appended
      await view.waits.backOff(times, signal)
      await view.client.refreshMetadata([], { signal }).catch(() => {})
    }
  })
}

/** Makes a topic by the cluster's defaults, and takes down that it was this run that did. One that is there is left as it is. */
export async function makeTopic(
  { admin, permission }: RealView,
  topic: string,
  detail: Parameters<RealView['admin']['createTopic']>[1] = {},
): Promise<void> {
  try {
    await admin.createTopic(topic, detail)
    permission.hasMade(topic)
  } catch (error) {
    if (!(error instanceof ErrTopicAlreadyExists)) throw error
  }
}

/** The partitions of a topic that are led; it is made where it is not there. */
async function madePartitions(view: RealView, topic: string, signal: AbortSignal): Promise<readonly LedPartition[]> {
  for (let times = 0; ; times++) {
    const partitions = await partitionsOfTopic(view, topic)
    if (partitions === undefined && times === 0) await makeTopic(view, topic)
    else if (partitions !== undefined && partitions.length > 0 && partitions.every(({ leader }) => leader !== -1)) {
      return partitions
    }
    await view.waits.backOff(times, signal)
  }
}

/** Where the logs end, which only records without a key ask for. */
async function endsOf(
  view: RealView,
  topic: string,
  partitions: readonly LedPartition[],
  records: readonly PlacedRecord[],
): Promise<readonly (number | undefined)[]> {
  const isAsked = records.some(({ key, partition }) => key === null && partition === undefined)
  const indices = partitions.map(({ index }) => index)
  const offsets = isAsked ? await offsetsOf(view, topic, indices) : undefined
  return indices.map((index) => offsets?.get(index)?.end)
}

interface Sending {
  readonly topic: string
  readonly acks: number
  readonly leaders: readonly LedPartition[]
  readonly signal: AbortSignal
}

/** Sends each batch to its leader, and gives back those that the leader has refused for now. @throws KafkaError for those that it has refused for good */
async function sendAll(
  { client }: RealView,
  { topic, acks, leaders, signal }: Sending,
  batches: readonly Batch[],
  taken: (batch: Batch, answer: PartitionProduceResponse) => void,
): Promise<readonly Batch[]> {
  const leaderOf = ({ index }: Batch): number => leaders.find((one) => one.index === index)?.leader ?? -1
  const left: Batch[] = []
  const byLeader = Map.groupBy(batches, leaderOf)
  await Promise.all(
    [...byLeader].map(async ([leader, own]) => {
      const broker = client.brokers.find(({ id }) => id === leader)
      if (broker === undefined) return void left.push(...own)
      const partitionData = own.map(({ index, bytes }) => ({ index, records: [bytes] }))
      const body = { transactionalId: null, acks, timeoutMs: TIMEOUT_MS, topicData: [{ name: topic, partitionData }] }
      const limits = { maxVersion: LAST_VERSION_WITH_NAMES, brokerWaitMs: TIMEOUT_MS, signal }
      const { responses } = await broker.send(Produce, body, limits)
      for (const answer of responses.flatMap(({ partitionResponses }) => partitionResponses)) {
        const batch = own.find(({ index }) => index === answer.index)
        if (batch === undefined) continue
        const name = errorName(answer.errorCode)
        if (name === 'NONE') taken(batch, answer)
        else if (isPassing(name)) left.push(batch)
        else throw kafkaError(answer.errorCode, answer.recordErrors[0]?.batchIndexErrorMessage ?? answer.errorMessage)
      }
    }),
  )
  return left
}
