import { patience } from '../../broker/clock.ts'
import { checkAppendOptions, placeAll } from '../../broker/handles/records/placement.ts'
import { type PlacedRecord, recordsToAppend } from '../../broker/handles/records/record-bytes.ts'
import type { AppendedRecord, AppendOptions } from '../../broker/handles/records/record-to-append.ts'
import { isInternalTopic } from '../../broker/replication/internal-topics.ts'
import { kafkaError } from '../../client/errors/kafka-error.ts'
import { ErrTopicAlreadyExists } from '../../client/errors/kafka-errors.ts'
import { errorName, KafkaError } from '../../protocol/errors.ts'
import { type PartitionProduceResponse, Produce } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { type LedPartition, offsetsOf, partitionsOfTopic, type RealView } from './connection.ts'
import { isPassing, LeaderlessError, mayPass } from './passing.ts'

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
  if (isInternalTopic(topic)) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `append: ${topic} is the brokers' own, nobody else writes to it`)
  }
  let seen = 'Its leaders have not taken all of it: some of it may be there.'
  const told = { what: `${topic} to take what is appended`, seen: () => seen }
  return view.waits.during(told, { timeout: view.waits.answerMs }, async (signal) => {
    let leaders = await madePartitions(view, topic, signal)
    const indices = placeAll({ topic, ends: await endsOf(view, topic, leaders, placed, signal) }, partition, placed)
    let left: readonly Batch[] = [...Map.groupBy(indices.keys(), (place) => indices[place] as number)].map(
      ([index, places]) => {
        const inputs = places.map((place) => (placed[place] as PlacedRecord).input)
        return { index, places, bytes: buildBatch(inputs, { compression }) }
      },
    )
    const appended: AppendedRecord[] = []
    for (let times = 0; ; times++) {
      left = await sendAll(view, { topic, acks, leaders, signal }, left, ({ index, places }, answer) => {
        const { baseOffset, logAppendTimeMs } = answer
        places.forEach((place, i) => {
          const timestamp = logAppendTimeMs === -1 ? (placed[place]?.input.timestamp ?? -1) : logAppendTimeMs
          appended[place] = { topic, partition: index, offset: baseOffset + i, timestamp }
        })
      })
      if (left.length === 0) return appended
      const leaderless = leaders.find(({ index, leader }) => leader === -1 && left.some((one) => one.index === index))
      if (leaderless !== undefined) seen = `${new LeaderlessError(topic, leaderless).message}.`
      await view.waits.backOff(times, signal)
      await view.client.refreshMetadata([], { signal }).catch(() => {})
      leaders = (await partitionsOfTopic(view, topic)) ?? []
    }
  })
}

/** Makes a topic by the cluster's defaults, and takes down that it was this run that did. One that is there is left as it is. */
export async function makeTopic(
  { admin, permission }: RealView,
  where: string,
  topic: string,
  detail: Parameters<RealView['admin']['createTopic']>[1] = {},
): Promise<void> {
  try {
    await admin.createTopic(topic, detail)
    permission.hasMade(topic)
  } catch (error) {
    if (error instanceof ErrTopicAlreadyExists) return
    if (!(error instanceof KafkaError)) throw error
    throw kafkaError(error.code, `${where}: the topic ${topic} cannot be made: ${error.message}`)
  }
}

/** The partitions of a topic, one of which is led at least; it is made where it is not there, and all of them are led then. */
async function madePartitions(view: RealView, topic: string, signal: AbortSignal): Promise<readonly LedPartition[]> {
  let isNew = false
  for (let times = 0; ; times++) {
    const partitions = await partitionsOfTopic(view, topic)
    const led = (partitions ?? []).filter(({ leader }) => leader !== -1)
    if (partitions === undefined && times === 0) {
      isNew = true
      await makeTopic(view, 'append', topic)
    } else if (partitions !== undefined && led.length >= (isNew ? Math.max(1, partitions.length) : 1)) return partitions
    await view.waits.backOff(times, signal)
  }
}

/** Where the logs of partitions that are led end, which only records without a key ask for. */
async function endsOf(
  view: RealView,
  topic: string,
  partitions: readonly LedPartition[],
  records: readonly PlacedRecord[],
  signal: AbortSignal,
): Promise<readonly (number | undefined)[]> {
  if (records.every(({ key, partition }) => key !== null || partition !== undefined))
    return partitions.map(() => undefined)
  const led = partitions.filter(({ leader }) => leader !== -1).map(({ index }) => index)
  for (let times = 0; ; times++) {
    try {
      const offsets = await offsetsOf(view, topic, led)
      return partitions.map(({ index }) => offsets.get(index)?.end)
    } catch (error) {
      if (!mayPass(error)) throw error
    }
    await view.waits.backOff(times, signal)
  }
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
