import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkSchedule } from '../../../src/testing/exploring/check-schedule.ts'
import {
  batches,
  clusters,
  type FaultSchedule,
  faultSchedules,
  handlers,
  records,
  simulate,
  topics,
} from '../../../src/testing/exploring/index.ts'
import { printed } from '../../../src/testing/exploring/printed.ts'
import { smaller } from '../../../src/testing/exploring/smaller.ts'

const everything = faultSchedules(clusters({ brokers: 4, topics: ['orders', 'bills'] }), { groups: ['billing'] })

test('clusters start, and take records and batches', async () => {
  await fc.assert(
    fc.asyncProperty(clusters(), records(), batches({ maxRecords: 3 }), (cluster, record, batch) =>
      simulate({
        cluster,
        run: async ({ cluster }) => {
          await cluster.topic('orders').append([record, ...batch])
          expect(await cluster.topic('orders').records()).toHaveLength(batch.length + 1)
        },
      }),
    ),
    { seed: 1, numRuns: 20 },
  )
})

test('topics have as many replicas as there are brokers, at most', () => {
  fc.assert(
    fc.property(topics({ brokers: 2 }), ({ replicationFactor = 0, configs = {} }) => {
      expect(replicationFactor).toBeLessThanOrEqual(2)
      expect(Number(configs['min.insync.replicas'])).toBeLessThanOrEqual(replicationFactor)
    }),
    { seed: 1 },
  )
})

test('handlers are about the topics and groups that are named', () => {
  fc.assert(
    fc.property(handlers({ topics: ['orders'], groups: ['billing'] }), ({ topic, group }) => {
      expect([topic ?? 'orders', group ?? 'billing']).toEqual(['orders', 'billing'])
    }),
    { seed: 1 },
  )
})

test('every schedule can be, JSON can hold it, and it can be printed', () => {
  fc.assert(
    fc.property(everything, (schedule) => {
      checkSchedule(schedule)
      expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule)
      expect(printed(schedule)).toContain('simulate({ cluster: ')
    }),
    { seed: 1 },
  )
})

test('what is smaller than a schedule can be, too, and in the end there is nothing smaller', () => {
  fc.assert(
    fc.property(everything, fc.infiniteStream(fc.nat()), (schedule, choices) => {
      let one: FaultSchedule | undefined = schedule
      for (let left = 10_000; one !== undefined; left--) {
        expect(left).toBeGreaterThan(0)
        checkSchedule(one)
        const all: FaultSchedule[] = [...smaller(one)]
        one = all[(choices.next().value ?? 0) % Math.max(1, all.length)]
      }
    }),
    { seed: 1, numRuns: 20 },
  )
})

test('how long something is late is made smaller, too', () => {
  const cluster = { brokers: 3, topics: { orders: {} } }
  const late = { api: 'produce', topic: 'orders', answer: { delay: 1234 } } as const
  const schedule: FaultSchedule = {
    cluster,
    seed: 0,
    order: 0,
    steps: [
      { after: 0, do: 'link', broker: 1, to: 'clients', delay: 1834 },
      { after: 0, do: 'use', handler: late },
    ],
    rest: 0,
  }
  const text = JSON.stringify([...smaller(schedule)])
  for (const delay of [1000, 1800, 1830, 917, 1200, 1230, 617]) expect(text).toContain(`"delay":${delay}`)
})
