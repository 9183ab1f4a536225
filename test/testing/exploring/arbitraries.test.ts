import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkSchedule } from '../../../src/testing/exploring/check-schedule.ts'
import {
  batches,
  clusters,
  exploreFaults,
  type FaultSchedule,
  faultSchedules,
  handlers,
  type Run,
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

describe('a cluster that is an arbitrary', () => {
  const shapes = clusters({ brokers: 4, topics: ['orders', 'bills'] })

  test('shrinks with the schedule', async () => {
    const one = { partitions: 1, replicationFactor: 1, configs: { 'min.insync.replicas': '1' } }
    const smallest = { topics: { orders: one, bills: one }, brokers: 1 }
    const failing = async (run: (run: Run) => void): Promise<FaultSchedule | undefined> =>
      (await fc.check(exploreFaults({ cluster: shapes, run }), { seed: 5 })).counterexample?.[0]
    const always = await failing(() => {
      throw new Error('it fails')
    })
    expect(always).toEqual({ cluster: smallest, seed: 0, order: 0, steps: [], rest: 0 })
    const often = await failing(({ cluster }) => {
      expect(cluster.brokers.length * cluster.topic('bills').partitions.length).toBeLessThan(4)
    })
    const { brokers, topics: { bills } = {} } = often?.cluster ?? {}
    expect(Number(brokers) * Number(bills?.partitions)).toBeGreaterThanOrEqual(4)
    expect([4, 6]).toContain(Number(brokers) * Number(bills?.partitions))
    expect(often?.cluster.topics?.orders).toEqual(one)
  })

  test('has all that a step names, however small it gets', () => {
    const sizes = new Set<unknown>()
    const check = (schedule: FaultSchedule): void => {
      checkSchedule(schedule)
      const { brokers, topics = {} } = schedule.cluster
      sizes.add(brokers)
      for (const step of schedule.steps) {
        if (step.do === 'elect') expect(step.partition).toBeLessThan(Number(topics[step.topic]?.partitions))
        if (step.do === 'split') expect(step.brokers.length).toBeLessThan(Number(brokers))
      }
    }
    for (let seed = 1; seed <= 20; seed++) {
      const wrong: unknown[] = []
      const holds = fc.property(faultSchedules(shapes, { groups: ['billing'] }), (schedule) => {
        try {
          check(schedule)
        } catch (error) {
          wrong.push(error)
        }
        // Something that some of the smaller ones break, too.
        return (JSON.stringify(schedule).length + seed) % 3 !== 0
      })
      expect(fc.check(holds, { seed }).failed).toBe(true)
      expect(wrong).toEqual([])
    }
    expect(sizes).toEqual(new Set([1, 2, 3, 4]))
  })

  test('is as it was where it is given as it is', async () => {
    const cluster = { brokers: 3, topics: { orders: { partitions: 2 } } }
    const run = (): void => {
      throw new Error('it fails')
    }
    const { counterexample } = await fc.check(exploreFaults({ cluster, run }), { seed: 5 })
    expect(counterexample?.[0]?.cluster).toEqual(cluster)
  })
})
