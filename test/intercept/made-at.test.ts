import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { folderOf, madeAt } from '../../src/intercept/made-at.ts'
import { exploreFaults } from '../../src/testing/exploring/index.ts'
import { kafka } from '../../src/testing/index.ts'

test('a handler is told at the line of the test that made it', () => {
  expect(kafka.produce({}, () => undefined).madeAt).toMatch(/made-at\.test\.ts:\d+:\d+$/)
})

test('a handler that a schedule of faults is made of is told at no line of ours', async () => {
  const places = new Set<string>()
  const property = exploreFaults({
    cluster: { brokers: 1, topics: { orders: {} } },
    run: async ({ cluster, sleep }) => {
      for (let i = 0; i < 100; i++) {
        await sleep(50)
        for (const { madeAt: place } of cluster.listHandlers()) places.add(place)
      }
    },
  })
  await fc.assert(property, { numRuns: 10, seed: 1 })
  expect([...places]).toEqual(['memkafka itself'])
})

/** A stack with these frames. */
const stackOf = (...frames: readonly string[]) => ({
  stack: ['Error', ...frames.map((frame) => `    at ${frame}`)].join('\n'),
})

describe('the place where something was made', () => {
  const own = '/home/ada/shop/node_modules/memkafka/dist/'
  const user = '/home/ada/shop/test/orders.test.js:3:4'

  test.each([
    ['is the first', [user, '/home/ada/shop/test/all.js:1:1'], user],
    ['may be in an asynchronous function', [`async ${user}`], user],
    ['may be in a function with a name', [`async Suite.orders (file://${user})`], `file://${user}`],
    [
      'may be in a package',
      ['words (/home/ada/shop/node_modules/kit/words.js:1:2)', user],
      '/home/ada/shop/node_modules/kit/words.js:1:2',
    ],
    [
      'is none of ours, nor of what runs it',
      [
        `handlerOf (file://${own}testing/exploring/index.js:291:9)`,
        `async explored (file://${own}chunks/explore-Ab1.js:1:2)`,
        'AsyncProperty.run (file:///home/ada/shop/node_modules/fast-check/lib/fast-check.js:1217:19)',
        'process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
        `async file://${user}`,
      ],
      `file://${user}`,
    ],
    [
      'is ours where there is no other',
      [`handlerOf (${own}index.js:1:2)`, 'node:internal/timers:5:7'],
      'memkafka itself',
    ],
    ['is unknown where nothing is', [], 'an unknown place'],
  ])('%s', (_, frames, line) => {
    expect(madeAt(stackOf(...frames), own)).toBe(line)
  })

  test('is the first where nobody knows which are ours', () => {
    expect(madeAt(stackOf('app.js:1:2', user), undefined)).toBe('app.js:1:2')
  })
})

test.each([
  ['/home/ada/memkafka/src/intercept/made-at.ts:38:9', '/home/ada/memkafka/src/'],
  ['file:///srv/node_modules/memkafka/dist/chunks/made-at-Ab_1.js:2:1', '/srv/node_modules/memkafka/dist/'],
  ['/srv/dist/node_modules/memkafka/dist/cjs/testing/index.js:2:1', '/srv/dist/node_modules/memkafka/dist/'],
  ['C:\\shop\\node_modules\\memkafka\\dist\\cjs\\index.js:2:1', 'C:/shop/node_modules/memkafka/dist/'],
  ['/srv/shop.js:2:1', undefined],
])('of %s the folder is %s', (file, folder) => {
  expect(folderOf(file)).toBe(folder)
})
