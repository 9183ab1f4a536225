import { HandlerFault } from '../../intercept/handler.ts'
import { CLOSE_CONNECTION } from '../apis/handler.ts'
import type { Clock } from '../clock.ts'
import type { Events } from '../events.ts'
import type { Outcome } from '../network/outcome.ts'
import { type Reply, Waiting } from '../waiting.ts'
import { EntryBuffer, type Kept } from './entry-buffer.ts'
import { type PartitionChange, PartitionRecord } from './partition-record.ts'
import { RequestRecord, type SeenRequest } from './request-record.ts'
import { listen } from './state-changes.ts'
import type { ConnectionEntry, TimelineEntry } from './timeline-entry.ts'

/** An entry without when it happened. */
type Undated<E extends TimelineEntry = TimelineEntry> = E extends TimelineEntry ? Omit<E, 'at'> : never

/** What is known of a connection that is open. */
interface RecordedConnection {
  clientId: string | null | undefined
  /** The request that it waits for: there is one at a time. */
  waiting: RequestRecord | undefined
  /** The last one of each API. */
  readonly latest: Map<number, RequestRecord>
}

/** Writes down what happens in a cluster. */
export class TimelineRecorder {
  private readonly clock: Clock
  private readonly startedMs: number
  private readonly buffer: EntryBuffer
  private readonly connections = new Map<string, RecordedConnection>()
  /** Changes of partitions that came one after the other, with nothing else in between. */
  private readonly together = new Map<string, PartitionRecord>()
  private places = 0
  private chapter = 0

  constructor(clock: Clock, events: Events, capacity: number) {
    this.clock = clock
    this.startedMs = clock.now()
    this.buffer = new EntryBuffer(capacity)
    listen(events, this)
  }

  /** Writes down a request, and what becomes of it. */
  recorded(seen: SeenRequest, serve: (record: RequestRecord) => Reply<Outcome>): Reply<Outcome> {
    const record = this.begin(seen)
    const answered = (outcome: Outcome): Outcome => {
      const { answer } = outcome
      if (typeof answer === 'object') record.answer(answer as object, seen)
      else record.end(answer === CLOSE_CONNECTION ? 'disconnected' : 'no answer')
      return outcome
    }
    const threw = (error: unknown): never => {
      this.threw(record, error, seen)
      throw error
    }
    try {
      const reply = serve(record)
      return reply instanceof Waiting ? reply.map(answered).recover(threw) : answered(reply)
    } catch (error) {
      return threw(error)
    }
  }

  private begin(seen: SeenRequest): RequestRecord {
    this.together.clear()
    const record = new RequestRecord(
      seen,
      this.places++,
      this.chapter,
      () => this.now,
      (ended) => this.ended(ended),
    )
    const connection = this.connectionOf(record.connectionId)
    connection.clientId = record.clientId
    connection.waiting = record
    return record
  }

  private threw(record: RequestRecord, error: unknown, { request }: SeenRequest): void {
    if (!(error instanceof HandlerFault)) {
      record.end('disconnected')
      return
    }
    const { requestId, api, client, nodeId } = request
    const { description, madeAt } = error.handler
    const told = { requestId, api: api.name, clientId: client.id, nodeId, error: String(error.cause) }
    record.did(error.handler, 'threw')
    record.end('disconnected')
    this.note({ kind: 'handler', handler: { description, madeAt }, ...told })
  }

  /** Something happened that all that follows may come from. */
  note(entry: Undated): void {
    this.chapter++
    this.together.clear()
    const whole = { at: this.now, ...entry } as TimelineEntry
    this.buffer.push({ place: this.places++, isTelling: true, entry: () => whole })
  }

  /** A partition is another one; many often are at once. */
  noteChange(partition: number, change: PartitionChange): void {
    const record = new PartitionRecord(this.places, this.now, partition, change)
    const same = this.together.get(record.sameness)
    if (same !== undefined) {
      same.add(partition)
      return
    }
    this.places++
    this.chapter++
    this.together.set(record.sameness, record)
    this.buffer.push(record)
  }

  opened(connection: Pick<ConnectionEntry, 'connectionId' | 'nodeId' | 'remote'>): void {
    const open = this.connectionOf(connection.connectionId)
    const { now: at } = this
    const { connectionId, nodeId, remote } = connection
    this.buffer.push({
      place: this.places++,
      isTelling: false,
      entry: () => ({
        kind: 'connection',
        at,
        change: 'open',
        connectionId,
        nodeId,
        remote,
        clientId: open.clientId,
        reason: undefined,
      }),
    })
  }

  closed(
    { connectionId, nodeId, remote }: Pick<ConnectionEntry, 'connectionId' | 'nodeId' | 'remote'>,
    reason?: string,
  ): void {
    const open = this.connectionOf(connectionId)
    open.waiting?.end('disconnected')
    this.connections.delete(connectionId)
    const { clientId } = open
    const entry = {
      kind: 'connection',
      at: this.now,
      change: 'close',
      connectionId,
      nodeId,
      remote,
      clientId,
      reason,
    } as const
    this.buffer.push({ place: this.places++, isTelling: reason !== undefined, entry: () => entry })
  }

  /** What happened, the oldest first. */
  get entries(): TimelineEntry[] {
    const waiting = [...this.connections.values()].flatMap(({ waiting: one }): Kept[] =>
      one === undefined ? [] : [one],
    )
    return [...this.buffer.all, ...waiting].sort((a, b) => a.place - b.place).map((kept) => kept.entry())
  }

  /** How many entries there was no room for. */
  get dropped(): number {
    return this.buffer.dropped
  }

  clear(): void {
    this.buffer.clear()
    this.together.clear()
    for (const { latest } of this.connections.values()) latest.clear()
  }

  private get now(): number {
    return this.clock.now() - this.startedMs
  }

  private ended(record: RequestRecord): void {
    const connection = this.connectionOf(record.connectionId)
    if (connection.waiting === record) connection.waiting = undefined
    if (connection.latest.get(record.apiKey)?.takes(record)) return
    connection.latest.set(record.apiKey, record)
    this.buffer.push(record)
  }

  private connectionOf(connectionId: string): RecordedConnection {
    let open = this.connections.get(connectionId)
    if (open === undefined) {
      open = { clientId: undefined, waiting: undefined, latest: new Map() }
      this.connections.set(connectionId, open)
    }
    return open
  }
}
