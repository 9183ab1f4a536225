import { onTestFinished } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { errorName } from '../../src/protocol/errors.ts'
import type { Input } from '../../src/protocol/message.ts'
import { Fetch, type FetchRequest, type FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { Produce, type ProduceResponse } from '../../src/protocol/messages/produce.ts'
import { batchOf, recordsIn } from '../broker/batches.ts'
import { WireClient } from '../wire-client.ts'

/** A cluster with the topics orders and bills, of three partitions each, and a client. */
export async function start(options: Parameters<typeof KafkaCluster.start>[0] = {}) {
  const cluster = await KafkaCluster.start({
    topics: { orders: { partitions: 3 }, bills: { partitions: 3 } },
    ...options,
  })
  onTestFinished(() => cluster.stop())
  const connect = () => new WireClient(cluster.connect())
  return { cluster, connect, client: connect() }
}

export type Started = Awaited<ReturnType<typeof start>>

/** A topic with some of its partitions. */
export type Wanted = Readonly<Record<string, readonly number[]>>

/** Sends a record to each of these partitions, and tells what was said of each: `orders/0 NONE`. */
export async function produce(client: WireClient, wanted: Wanted, { version = 9, acks = -1, clientId = 'test' } = {}) {
  return toldOf(await client.send(Produce, version, requestOf(wanted, acks), clientId))
}

export function requestOf(wanted: Wanted, acks = -1) {
  return {
    acks,
    timeoutMs: 1000,
    topicData: Object.entries(wanted).map(([name, partitions]) => ({
      name,
      partitionData: partitions.map((index) => ({ index, records: [batchOf(1)] })),
    })),
  }
}

function toldOf({ responses }: ProduceResponse): string[] {
  return responses.flatMap(({ name, partitionResponses }) =>
    partitionResponses.map(({ index, errorCode }) => `${name}/${index} ${errorName(errorCode)}`),
  )
}

/** Fetches from the beginning of each of these partitions, and tells what came of each: `orders/0 0:v0`. */
export async function fetch(client: WireClient, wanted: Wanted, request: Input<FetchRequest> = {}, clientId = 'test') {
  return fetchedOf(await client.send(Fetch, 12, fetchOf(wanted, request), clientId))
}

export function fetchOf(wanted: Wanted, request: Input<FetchRequest> = {}): Input<FetchRequest> {
  return {
    maxWaitMs: 0,
    topics: Object.entries(wanted).map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 10_000 })),
    })),
    ...request,
  }
}

export function fetchedOf({ responses }: FetchResponse): string[] {
  return responses.flatMap(({ topic, partitions }) =>
    partitions.map(({ partitionIndex, errorCode, records }) =>
      [`${topic}/${partitionIndex}`, ...(errorCode === 0 ? recordsIn(records) : [errorName(errorCode)])].join(' '),
    ),
  )
}

/** The id of a topic. */
export async function topicId(client: WireClient, name: string): Promise<string> {
  const { topics } = await client.send(Metadata, 12, { topics: [{ name }] })
  return topics[0]?.topicId ?? ''
}
