import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import {
  exploreFaults,
  faultSchedules,
  nothingAcknowledgedIsLost,
  processedAtLeastOnce,
  underFaults,
} from '../../../src/testing/exploring/index.ts'
import { sendAndRead, threeBrokers } from './services.ts'

const laws = [nothingAcknowledgedIsLost({ topic: 'orders' }), processedAtLeastOnce()]
const before = [setTimeout, Date, Math.random]

describe('@fast-check/vitest', () => {
  const schedules = faultSchedules(threeBrokers, { pause: 500 })

  prop.prop([schedules], { seed: 1, numRuns: 5 })('holds code to laws under schedules', async (schedule) => {
    await underFaults({ run: sendAndRead, laws }, schedule)
    expect([setTimeout, Date, Math.random]).toEqual(before)
  })

  prop.prop({ schedule: schedules, orders: fc.nat(3) }, { seed: 1, numRuns: 5 })(
    'has schedules beside other arbitraries',
    async ({ schedule, orders }) => {
      const run = ({ cluster }: { cluster: { brokers: readonly unknown[] } }): number => cluster.brokers.length + orders
      await underFaults({ run }, schedule)
    },
  )

  prop.fails.prop([schedules], { seed: 1, numRuns: 5 })('fails where code does', async (schedule) => {
    const run = (): never => {
      throw new Error('it never works')
    }
    await underFaults({ run }, schedule)
  })

  prop('has a property of its own in a test', async () => {
    await fc.assert(exploreFaults({ cluster: threeBrokers, run: sendAndRead, laws }), { seed: 1, numRuns: 5 })
  })
})
