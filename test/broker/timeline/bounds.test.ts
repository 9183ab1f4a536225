import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EntryBuffer } from '../../../src/broker/timeline/entry-buffer.ts'
import type { TimelineEntry } from '../../../src/broker/timeline/timeline-entry.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { produce } from '../../testing/fixture.ts'
import { requestsOf, startRecording } from './fixture.ts'

const kept = (place: number, isTelling: boolean) => ({
  place,
  isTelling,
  entry: (): TimelineEntry => ({ kind: 'network', at: place, change: 'heal' }),
})

/** A buffer that so many entries went through, of which these tell something. */
function filled(capacity: number, entries: readonly boolean[]): EntryBuffer {
  const buffer = new EntryBuffer(capacity)
  entries.forEach((isTelling, place) => {
    buffer.push(kept(place, isTelling))
  })
  return buffer
}

describe('a buffer of entries', () => {
  const entries = fc.array(fc.boolean(), { maxLength: 200 })
  const capacity = fc.integer({ min: 1, max: 50 })

  test('keeps no more than it has room for, and the newest of each kind', () => {
    fc.assert(
      fc.property(capacity, entries, (room, pushed) => {
        const buffer = filled(room, pushed)
        expect(buffer.all).toHaveLength(Math.min(room, pushed.length))
        expect(buffer.dropped).toBe(pushed.length - buffer.all.length)
        for (const telling of [true, false]) {
          const left = buffer.all.filter((one) => one.isTelling === telling).map(({ place }) => place)
          const all = pushed.flatMap((one, place) => (one === telling ? [place] : []))
          expect(left).toEqual(left.length === 0 ? [] : all.slice(-left.length))
        }
      }),
    )
  })

  test('keeps what tells something as long as that is no more than half', () => {
    fc.assert(
      fc.property(capacity, entries, (room, pushed) => {
        const telling = pushed.filter(Boolean).length
        fc.pre(telling <= room >> 1)
        expect(filled(room, pushed).all.filter(({ isTelling }) => isTelling)).toHaveLength(telling)
      }),
    )
  })
})

test('a fault is not pushed out by all that goes well after it', async () => {
  const { cluster, client } = await startRecording({ timeline: { capacity: 20 } })
  cluster.use(kafka.produce({}, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { once: true }))
  await produce(client, { orders: [0] })
  for (let i = 0; i < 50; i++) {
    await produce(client, { orders: [i % 3] })
    await produce(client, { bills: [i % 3] })
  }
  expect(cluster.timeline.entries).toHaveLength(20)
  expect(requestsOf(cluster, 'Produce')[0]).toMatchObject({ outcome: 'error' })
  expect(String(cluster.timeline)).toMatch(/^\(\d+ more were let go of/)
})

test('what happened so far can be forgotten', async () => {
  const { cluster, client } = await startRecording()
  await produce(client, { orders: [0] })
  cluster.timeline.clear()
  expect(cluster.timeline.entries).toEqual([])
  expect(cluster.timeline.story()).toBe('')
  await produce(client, { orders: [0] })
  expect(requestsOf(cluster, 'Produce')).toMatchObject([{ count: 1 }])
})

test('entries are kept in the order in which they began, whenever they ended', async () => {
  const { cluster, connect, client } = await startRecording()
  const gate = cluster.gate(kafka.produce({ topic: 'orders' }))
  const first = produce(connect(), { orders: [0] })
  await gate.reached
  await client.send(Metadata, 12, { topics: [] })
  gate.open()
  await first
  const apis = cluster.timeline.entries.flatMap((entry) => (entry.kind === 'request' ? [entry.api] : []))
  expect(apis).toEqual(['Produce', 'Metadata'])
})

test('entries hold no byte of a record, and are plain data', async () => {
  const { cluster, client } = await startRecording()
  await produce(client, { orders: [0] })
  const { entries } = cluster.timeline
  expect(JSON.parse(JSON.stringify(entries))).toEqual(JSON.parse(JSON.stringify(structuredClone(entries))))
  expect(JSON.stringify(entries)).not.toContain('Buffer')
})

test('nothing is kept where nobody asked for it', async () => {
  await using cluster = await KafkaCluster.start()
  expect(cluster.timeline).toMatchObject({ isRecording: false, entries: [] })
  expect(cluster.timeline.story()).toBe('')
  expect(String(cluster.timeline)).toBe('')
  for (const type of ['broker:start', 'connection:open', 'group:state', 'network:split'] as const) {
    expect(cluster.events.heard(type)).toBe(false)
  }
})

test.each([{ capacity: 0 }, { capacity: 1.5 }, { capacity: 'many' }, { size: 3 }, 5, 'on'])(
  'timeline: %j is no timeline',
  async (timeline) => {
    await expect(KafkaCluster.start({ timeline: timeline as never })).rejects.toThrow(/^timeline/)
  },
)
