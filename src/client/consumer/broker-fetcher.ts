import { ErrorCode } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import { Fetch, type FetchRequest, type FetchResponse } from '../../protocol/messages/fetch.ts'
import type { Broker, RequestOptions } from '../broker.ts'
import type { Client } from '../client.ts'
import { ErrClosedClient, ErrIncompleteResponse } from '../errors/client-errors.ts'
import { kafkaError } from '../errors/kafka-error.ts'
import { type FetchedPartition, FetchSession, type SessionRequest, type WantedPartition } from './fetch-session.ts'

/** A partition as the fetcher of a broker sees it. */
export interface FetchablePartition {
  /** Whether it is to be asked for now: it is not paused, and what was fetched of it before is being read. */
  readonly isHungry: boolean
  wanted(): WantedPartition
  /** Leaves the fetcher if it is to be read from another broker by now. */
  beforeFetch(): void
  take(fetched: FetchedPartition, answer: FetchAnswer, from: BrokerFetcher): void
  /** Wakes its readers. */
  deliver(): void
  /** Leaves the fetcher, and comes back to it or goes elsewhere. */
  fail(error: Error): void
}

/** An answer, and the version that it came in. */
export interface FetchAnswer extends FetchResponse {
  readonly version: number
}

/** The first wait after partitions have come or were left out, in ms. */
const FIRST_WAIT_MS = 1
/** The newest version that knows topics by their names. */
const LAST_VERSION_WITH_NAMES = 12
/** Errors after which a session is begun anew. */
const SESSION_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
])

/**
 * Fetches from one broker, one request after the other, each for all partitions that are read from it and are hungry.
 *
 * A fetch that finds nothing waits at the broker, and what becomes hungry meanwhile waits too. So a fetch waits 1 ms when a partition has come, or was left out
 * because its reader is behind, then 2 ms, 4 ms and so on up to `consumer.maxWaitTime`: nobody waits for others longer than others have waited for it.
 */
export class BrokerFetcher {
  readonly id: number
  private readonly client: Client
  private readonly purpose: string
  private readonly session = new FetchSession()
  /** Those that had records in the last answers come last. */
  private readonly partitions = new Set<FetchablePartition>()
  private readonly leftOut = new Set<FetchablePartition>()
  private readonly closing = new AbortController()
  private waitMs = FIRST_WAIT_MS
  private isPlanned = false
  private isUnderWay = false
  private faults = 0

  /** @param purpose names the connection: nobody else's requests go over it */
  constructor(client: Client, id: number, purpose: string) {
    this.client = client
    this.id = id
    this.purpose = purpose
  }

  add(partition: FetchablePartition): void {
    this.partitions.add(partition)
    this.waitMs = FIRST_WAIT_MS
    this.wake()
  }

  remove(partition: FetchablePartition): void {
    this.partitions.delete(partition)
    this.leftOut.delete(partition)
  }

  /** A partition may be hungry that was not. All of them that are by the end of this turn are asked for at once. */
  wake(): void {
    if (this.isPlanned || this.isUnderWay || this.closing.signal.aborted) return
    this.isPlanned = true
    process.nextTick(() => {
      this.isPlanned = false
      if (!this.closing.signal.aborted) this.fetch()
    })
  }

  /** Closes the connection, and before that the session, if the broker can be told so at once. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return
    const wasUnderWay = this.isUnderWay
    this.closing.abort(new ErrClosedClient())
    if (this.client.closed) return
    try {
      const connection = this.client.connectionTo(this.id, this.purpose)
      // A fetch that waits at the broker keeps back what comes after it on its connection.
      await this.endSession(wasUnderWay ? this.client.broker(this.id) : connection)
      connection.close()
    } catch {
      // The broker is gone, and its connections with it.
    }
  }

  private async endSession(broker: Broker): Promise<void> {
    const last = this.session.end()
    if (last === undefined || !broker.connected) return
    const { clock, consumer } = this.client.config
    const limit = new AbortController()
    const timer = clock.setTimer(consumer.maxWaitTime, () => limit.abort())
    try {
      await broker.send(Fetch, (version) => this.body(last, version, 0), { signal: limit.signal })
    } catch {
      // Then the broker drops the session when it needs the room.
    } finally {
      timer.cancel()
    }
  }

  private fetch(): void {
    const asked = this.choose()
    if (asked.size === 0) return
    this.isUnderWay = true
    this.exchange(asked).catch((error: Error) => {
      this.isUnderWay = false
      failAll(asked, error)
      this.wake()
    })
  }

  private choose(): Map<WantedPartition, FetchablePartition> {
    for (const partition of [...this.partitions]) partition.beforeFetch()
    const asked = new Map<WantedPartition, FetchablePartition>()
    for (const partition of this.partitions) {
      if (partition.isHungry) {
        this.leftOut.delete(partition)
        asked.set(partition.wanted(), partition)
      } else if (!this.leftOut.has(partition)) {
        this.leftOut.add(partition)
        this.waitMs = FIRST_WAIT_MS
      }
    }
    return asked
  }

  private async exchange(asked: ReadonlyMap<WantedPartition, FetchablePartition>): Promise<void> {
    const { signal } = this.closing
    const request = this.session.next([...asked.keys()])
    const waitMs = Math.min(this.waitMs, this.client.config.consumer.maxWaitTime)
    this.waitMs = waitMs * 2
    const options: RequestOptions = { signal, brokerWaitMs: waitMs }
    let response: FetchResponse
    let version = 0
    try {
      response = await this.client.connectionTo(this.id, this.purpose).send(
        Fetch,
        (used) => {
          version = used
          return this.body(request, used, waitMs)
        },
        request.usesTopicIds ? options : { ...options, maxVersion: LAST_VERSION_WITH_NAMES },
      )
    } catch (error) {
      this.isUnderWay = false
      this.session.fail()
      if (signal.aborted) return
      failAll(asked, error as Error)
      this.wake()
      return
    }
    this.isUnderWay = false
    if (signal.aborted) return
    const fetched = this.session.take(response)
    if (fetched === undefined) {
      this.beginAnew(response, asked)
      this.wake()
      return
    }
    this.faults = 0
    const answer: FetchAnswer = { ...response, version }
    for (const told of fetched) this.give(asked.get(told.wanted), told, answer)
    // The next request is on its way before readers have their turn, which may be long: the broker works while they do.
    this.fetch()
    process.nextTick(() => {
      for (const { wanted } of fetched) asked.get(wanted)?.deliver()
    })
  }

  private give(partition: FetchablePartition | undefined, told: FetchedPartition, answer: FetchAnswer): void {
    if (partition === undefined || !this.partitions.has(partition)) return
    if ((told.data.records?.length ?? 0) > 0) {
      // KIP-74: a broker fills an answer from the first partition on; the others are to have their turn.
      this.partitions.delete(partition)
      this.partitions.add(partition)
    }
    partition.take(told, answer, this)
  }

  /** An answer as a whole is no good. The first time in a row it is asked again at once. */
  private beginAnew(response: FetchResponse, asked: ReadonlyMap<WantedPartition, FetchablePartition>): void {
    const { errorCode, throttleTimeMs } = response
    if (errorCode === ErrorCode.NONE && throttleTimeMs > 0) return
    const isOfSession = errorCode === ErrorCode.NONE || SESSION_ERRORS.has(errorCode)
    if (isOfSession && ++this.faults === 1) return
    failAll(asked, errorCode === ErrorCode.NONE ? new ErrIncompleteResponse() : kafkaError(errorCode))
  }

  private body(request: SessionRequest, version: number, maxWaitMs: number): Input<FetchRequest> {
    const { consumer, rackID } = this.client.config
    const { sessionId, sessionEpoch, topics } = request
    return {
      maxWaitMs,
      minBytes: consumer.fetch.min,
      maxBytes: consumer.fetch.maxBytes,
      isolationLevel: consumer.isolationLevel,
      sessionId,
      sessionEpoch,
      topics: version >= LAST_VERSION_WITH_NAMES ? topics : withoutLastEpochs(topics),
      forgottenTopicsData: request.forgottenIn(version),
      rackId: rackID,
    }
  }
}

function failAll(asked: ReadonlyMap<WantedPartition, FetchablePartition>, error: Error): void {
  for (const partition of asked.values()) partition.fail(error)
}

/** Versions before 12 have no field for the epoch of what was read before. */
function withoutLastEpochs(topics: SessionRequest['topics']): SessionRequest['topics'] {
  return topics.map((topic) => ({
    ...topic,
    partitions: topic.partitions?.map((partition) => ({ ...partition, lastFetchedEpoch: -1 })),
  }))
}
