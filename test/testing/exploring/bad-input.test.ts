import { expect, test } from 'vitest'
import {
  clusters,
  explorationParameters,
  exploreFaults,
  type FaultSchedule,
  faultSchedules,
  handlers,
  law,
  record,
  replay,
  simulate,
  underFaults,
} from '../../../src/testing/exploring/index.ts'

const schedule: FaultSchedule = {
  cluster: { brokers: 3, topics: { orders: {} } },
  seed: 1,
  order: 0,
  steps: [],
  rest: 0,
}
const run = (): void => {}

test.each<[string, unknown, string]>([
  [
    'a broker that is not there',
    { after: 0, do: 'kill', broker: 4 },
    'step 1 of the schedule (kill): there is no broker 4; there are 1, 2, 3',
  ],
  ['a side of a split', { after: 0, do: 'split', brokers: [1, 9] }, 'there is no broker 9'],
  ['an end of a link', { after: 0, do: 'link', broker: 1, to: 7, delay: 5 }, 'there is no broker 7'],
  ['a link to itself', { after: 0, do: 'link', broker: 1, to: 1 }, 'not 1 and itself'],
  [
    'a topic that is not there',
    { after: 0, do: 'elect', topic: 'oders', partition: 0, broker: 1 },
    "there is no topic 'oders'; there are orders",
  ],
  ['something that cannot be done', { after: 0, do: 'explode' }, "there is no 'explode' to do; there are kill, stop"],
  ['a time that cannot be', { after: -1, do: 'heal' }, 'after: a whole number from 0 on is wanted, not -1'],
  ['a misspelt field', { after: 0, do: 'kill', brokr: 1 }, "there is no 'brokr', broker is meant?"],
  [
    'an error that is none',
    { after: 0, do: 'use', handler: { api: 'produce', answer: { error: 'NOT_LEADER' } } },
    'NOT_LEADER',
  ],
  ['an API that is none', { after: 0, do: 'use', handler: { api: 'prodcue', answer: { drop: 'before' } } }, 'prodcue'],
])('a schedule that names %s is refused', async (_what, step, message) => {
  const bad = { ...schedule, steps: [step] } as FaultSchedule
  await expect(underFaults({ run }, bad)).rejects.toThrow(message)
})

test.each([
  ['forty-two', "a seed is a whole number, as in MEMKAFKA_SEED=42 or MEMKAFKA_SEED=42:0:1, not 'forty-two'"],
  ['1.5', 'a seed is a whole number'],
  [':1', 'a seed is a whole number'],
  ['42:x', 'a path is whole numbers with colons between them'],
  ['42:', 'a path is whole numbers'],
])('MEMKAFKA_SEED=%s is refused', (text, message) => {
  expect(() => explorationParameters({}, { MEMKAFKA_SEED: text })).toThrow(message)
})

test.each(['abc', '42', Number.NaN, Number.POSITIVE_INFINITY, null])(
  'a seed %o of explorationParameters is refused',
  (seed) => {
    const message = 'explorationParameters: seed: a number is wanted, not '
    expect(() => explorationParameters({ seed: seed as never }, {})).toThrow(message)
    expect(() => explorationParameters({ seed: seed as never }, { MEMKAFKA_SEED: '1' })).toThrow(RangeError)
  },
)

test('MEMKAFKA_SEED is the seed and the path of fast-check', () => {
  expect(explorationParameters({ numRuns: 5, seed: 1 }, { MEMKAFKA_SEED: '42' })).toMatchObject({
    numRuns: 5,
    seed: 42,
  })
  expect(explorationParameters({}, { MEMKAFKA_SEED: '-42:0:1' })).toMatchObject({ seed: -42, path: '0:1' })
  expect(explorationParameters({ seed: 1 }, {})).toMatchObject({ seed: 1 })
  expect(explorationParameters({ seed: 1 }, {})).not.toHaveProperty('path')
})

test('options that there are not are refused', async () => {
  expect(() => exploreFaults({ run, clusters: {} } as never)).toThrow("there is no 'clusters', cluster is meant?")
  expect(() => exploreFaults({} as never)).toThrow('run is wanted')
  expect(() => faultSchedules({}, { step: 3 } as never)).toThrow("there is no 'step', steps is meant?")
  expect(() => faultSchedules({}, { steps: -1 })).toThrow('steps: a whole number from 0 on')
  expect(() => faultSchedules({}, { kinds: ['rebalance'] })).toThrow("'rebalance' cannot befall this cluster")
  expect(() => faultSchedules({}, { kinds: ['explode' as never] })).toThrow("there is no kind 'explode'")
  expect(() => faultSchedules({}, { groups: 'billing' as never })).toThrow(
    "faults: groups: a list is wanted, not 'billing'",
  )
  expect(() => faultSchedules({}, { topics: 'orders' as never })).toThrow(
    "faults: topics: a list is wanted, not 'orders'",
  )
  expect(() => handlers()).toThrow('name some')
  expect(() => clusters({ brokers: 0 })).toThrow('brokers: a whole number from 1 on')
  expect(() => law('a law', undefined as never)).toThrow('law wants a name and a function')
  await expect(simulate({ run, cluster: { clock: 'real' } as never })).rejects.toThrow("'clock' is not taken here")
  await expect(simulate({ run, order: 0.5 })).rejects.toThrow('order: a whole number is wanted')
  await expect(simulate({ run, laws: [() => true] as never })).rejects.toThrow('laws: a list is wanted')
  await expect(simulate({ run, cluster: { seed: 'x' } as never })).rejects.toThrow('seed: a whole number is wanted')
})

test('what is no recording is refused', async () => {
  await expect(replay('/nowhere/recording.json', { run })).rejects.toThrow('ENOENT')
  await expect(replay('package.json', { run })).rejects.toThrow('a recording is wanted')
  await expect(replay({} as never, { run })).rejects.toThrow('a recording is wanted')
  expect(() => record(new Error('another'))).toThrow('this error is of no exploration')
})
