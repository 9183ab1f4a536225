import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fetch } from '../../../src/broker/apis/fetch.ts'
import type { Input } from '../../../src/protocol/message.ts'
import type { FetchRequest, FetchResponse } from '../../../src/protocol/messages/fetch.ts'
import { batchOf } from '../batches.ts'
import { BrokerRooms, ME } from '../harness.ts'

const OTHER = 2
const PARTITIONS = 4

/** What a client knows of a partition. */
interface Known {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
}

/** A client that has a session and knows what its answers come to, and may ask for the same without one. */
class Client {
  readonly offsets = new Map<number, number>()
  readonly known = new Map<number, Known>()
  private readonly rooms: BrokerRooms
  private readonly version: number
  private sessionId = 0
  private epoch = 0
  private told = new Map<number, number>()

  constructor(rooms: BrokerRooms, version: number) {
    this.rooms = rooms
    this.version = version
  }

  /** Fetches within the session, naming only what is different. Tells the sizes of the records that came. */
  fetch(maxBytes: number): Map<number, number> {
    const changed = [...this.offsets].filter(([index, offset]) => this.told.get(index) !== offset)
    const forgotten = [...this.told.keys()].filter((index) => !this.offsets.has(index))
    const topics = this.epoch === 0 ? [...this.offsets] : changed
    const session = { sessionId: this.sessionId, sessionEpoch: this.epoch }
    const response = this.ask(topics, maxBytes, session, forgotten)
    expect(response.errorCode).toBe(0)
    for (const index of forgotten) this.known.delete(index)
    const sizes = this.take(response, this.known)
    this.told = new Map(this.offsets)
    // A session that has lost its last partition is over.
    this.epoch = response.sessionId === 0 ? 0 : this.epoch + 1
    this.sessionId = response.sessionId
    return sizes
  }

  /** What there is, as an answer without a session tells it. */
  truth(maxBytes: number): { readonly known: Map<number, Known>; readonly sizes: Map<number, number> } {
    const known = new Map<number, Known>()
    const response = this.ask([...this.offsets], maxBytes, { sessionId: 0, sessionEpoch: -1 }, [])
    return { sizes: this.take(response, known), known }
  }

  private ask(
    wanted: readonly (readonly [index: number, offset: number])[],
    maxBytes: number,
    session: Input<FetchRequest>,
    forgotten: number[],
  ): FetchResponse {
    const topic = this.version >= 13 ? { topicId: this.rooms.image.topic('orders')?.id ?? '' } : { topic: 'orders' }
    const partitions = wanted.map(([partition, fetchOffset]) => ({ partition, fetchOffset, partitionMaxBytes: 10_000 }))
    return this.rooms.ask(fetch, this.version, {
      ...session,
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes,
      topics: partitions.length === 0 ? [] : [{ ...topic, partitions }],
      forgottenTopicsData: forgotten.length === 0 ? [] : [{ ...topic, partitions: forgotten }],
    }).response
  }

  private take({ responses }: FetchResponse, known: Map<number, Known>): Map<number, number> {
    const sizes = new Map<number, number>()
    for (const { partitions } of responses) {
      for (const { partitionIndex, errorCode, highWatermark, logStartOffset, records } of partitions) {
        known.set(partitionIndex, { errorCode, highWatermark, logStartOffset })
        const size = Buffer.concat(records ?? []).length
        if (size > 0) sizes.set(partitionIndex, size)
      }
    }
    return sizes
  }
}

const index = fc.nat(PARTITIONS - 1)

/** What may happen between two fetches. */
const events = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('append' as const), index, count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('seek' as const), index, offset: fc.nat(12) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('catch up' as const), index }) },
  fc.record({ type: fc.constant('forget' as const), index }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), index, offset: fc.nat(12) }) },
  fc.record({ type: fc.constant('elect' as const), index, leader: fc.constantFrom(ME, OTHER) }),
)

type Event = typeof events extends fc.Arbitrary<infer T> ? T : never

function happen(rooms: BrokerRooms, client: Client, event: Event): void {
  const partition = rooms.replicas.find('orders', event.index)
  switch (event.type) {
    case 'append':
      if (partition?.isLeader !== true) break
      rooms.queue.turn(() => partition.append(batchOf(event.count), { origin: 'client', requiredAcks: 1 }))
      break
    case 'seek':
      client.offsets.set(event.index, event.offset)
      break
    case 'catch up':
      client.offsets.set(event.index, partition?.highWatermark ?? 0)
      break
    case 'forget':
      client.offsets.delete(event.index)
      break
    case 'delete':
      rooms.queue.turn(() => partition?.incrementLogStartOffset(Math.min(event.offset, partition.highWatermark)))
      break
    case 'elect':
      rooms.elect('orders', event.index, event.leader)
      break
  }
}

const rounds = fc.array(fc.array(events, { maxLength: 4 }), { maxLength: 25 })

function begin(version: number): { rooms: BrokerRooms; client: Client } {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', { partitions: PARTITIONS, replicas: [ME, OTHER] })
  return { rooms, client: new Client(rooms, version) }
}

describe('the answers of a session, one after the other,', () => {
  test('come to what one answer without a session tells', () => {
    fc.assert(
      fc.property(rounds, fc.constantFrom(7, 12, 13, 18), (rounds, version) => {
        const { rooms, client } = begin(version)
        for (const round of rounds) {
          for (const event of round) happen(rooms, client, event)
          const sizes = client.fetch(1_000_000)
          const truth = client.truth(1_000_000)
          expect(client.known).toEqual(truth.known)
          expect(sizes).toEqual(truth.sizes)
        }
      }),
    )
  })

  test('give every partition its turn, however little fits one of them', () => {
    fc.assert(
      fc.property(rounds, fc.constantFrom(7, 13), (rounds, version) => {
        const { rooms, client } = begin(version)
        for (const round of rounds) {
          for (const event of round) happen(rooms, client, event)
          client.fetch(1)
        }
        const { sizes } = client.truth(1_000_000)
        const served = new Set(Array.from(sizes, () => [...client.fetch(1).keys()]).flat())
        expect([...served].sort()).toEqual([...sizes.keys()].sort())
      }),
    )
  })
})
