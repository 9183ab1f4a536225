import { batchSize } from '../src/protocol/records/record-batch.ts'
import type { WireClient } from '../test/wire-client.ts'
import type { LoadClient } from './client.ts'
import {
  createTopic,
  deleteTopic,
  endOffset,
  FETCH_BY_NAME,
  fetchOnce,
  fetchRequest,
  newestFetch,
  produceRequest,
  recordsIn,
} from './requests.ts'

/** What one round of a scenario came to. */
export interface Outcome {
  /** The figures, as the scenario says. */
  readonly values: number[]
  /** How many records went through. */
  readonly records: number
}

/** Something that a client does with a broker, set up on connections of its own; each call is one round. */
export type Scenario = (admin: WireClient, load: LoadClient) => Promise<() => Promise<Outcome>>

/** How much goes through in one round, bytes of the records' values. */
const ROUND_BYTES = 128e6
/** How much a broker holds that is fetched from. */
const STORED_BYTES = 64e6
/** Requests under way: `max.in.flight.requests.per.connection` of Kafka's producer. */
const IN_FLIGHT = 5
/** A consumer asks for the next records while it works on the last. */
const FETCHES_IN_FLIGHT = 2
const ROUND_TRIPS = 2000

/** By name and sizes, so that another process can be told which. */
export function scenarioOf(name: string, recordBytes: number, batchBytes: number): Scenario {
  switch (name) {
    case 'produce':
      return producing(recordBytes, batchBytes)
    case 'fetch':
      return fetching(recordBytes, batchBytes, async () => FETCH_BY_NAME)
    case 'fetch-newest':
      return fetching(recordBytes, batchBytes, newestFetch)
    case 'latency':
      return acknowledging(recordBytes)
    default:
      throw new Error(`there is no scenario ${name}`)
  }
}

/** MB of values a second, acks=all, into a topic that is new each round. */
function producing(recordBytes: number, batchBytes: number): Scenario {
  return async (admin, load) => {
    const records = recordsIn(batchBytes, recordBytes)
    const request = produceRequest(records, recordBytes)
    const count = Math.ceil(ROUND_BYTES / (records * recordBytes))
    return async () => {
      await createTopic(admin)
      const begun = performance.now()
      await load.run([request], count, IN_FLIGHT)
      const took = performance.now() - begun
      const stored = await endOffset(admin)
      if (stored !== count * records) throw new Error(`${count * records} records were sent, ${stored} are there`)
      await deleteTopic(admin)
      return { values: [megabytesPerSecond(stored * recordBytes, took)], records: stored }
    }
  }
}

/** MB of values a second, in whole batches, from a topic that is read through again and again. */
function fetching(
  recordBytes: number,
  batchBytes: number,
  versionFor: (admin: WireClient) => Promise<number>,
): Scenario {
  return async (admin, load) => {
    const perBatch = recordsIn(batchBytes, recordBytes)
    const topicId = await createTopic(admin)
    const version = await versionFor(admin)
    const batches = Math.ceil(STORED_BYTES / (perBatch * recordBytes))
    await load.run([produceRequest(perBatch, recordBytes)], batches, IN_FLIGHT)

    // What does not fit as a whole is cut off, and asked for again.
    const first = (await fetchOnce(admin, 0)).batches
    const perFetch = Math.floor(first.length / (batchSize(first, 0) as number))
    const requests: Buffer[] = []
    for (let batch = 0; batch + perFetch < batches; batch += perFetch) {
      requests.push(fetchRequest(batch * perBatch, { topicId, version }))
    }
    const perFetchBytes = perFetch * perBatch * recordBytes
    const count = Math.ceil(ROUND_BYTES / perFetchBytes)

    const one = load.bytesReceived
    await load.run(requests, 1, 1)
    const answerBytes = load.bytesReceived - one
    if (answerBytes < perFetchBytes) throw new Error(`an answer of ${answerBytes} bytes holds no ${perFetchBytes}`)
    return async () => {
      const before = load.bytesReceived
      const begun = performance.now()
      await load.run(requests, count, FETCHES_IN_FLIGHT)
      const took = performance.now() - begun
      const received = load.bytesReceived - before
      if (received !== count * answerBytes) throw new Error(`${received} bytes came, not ${count * answerBytes}`)
      return { values: [megabytesPerSecond(count * perFetchBytes, took)], records: count * perFetch * perBatch }
    }
  }
}

/** Microseconds until one record is acknowledged by all, and nothing else is going on: the median, and the 99th percentile. */
function acknowledging(recordBytes: number): Scenario {
  return async (admin, load) => {
    await createTopic(admin)
    const request = produceRequest(1, recordBytes)
    return async () => {
      const times = (await load.roundTrips(request, ROUND_TRIPS)).sort()
      const values = [0.5, 0.99].map((part) => (times[Math.floor(ROUND_TRIPS * part)] as number) * 1000)
      return { values, records: ROUND_TRIPS }
    }
  }
}

function megabytesPerSecond(bytes: number, ms: number): number {
  return bytes / 1e6 / (ms / 1000)
}
