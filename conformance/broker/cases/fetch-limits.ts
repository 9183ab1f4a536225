/** How many bytes a Fetch gives: of a partition, of all, and of what is too large. */
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import type { CaseOptions, Script } from '../case.ts'
import { append, batch, fetching, from, reading } from './logs.ts'

export const fetchLimits: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'how many bytes of a partition': async (world) => {
    const topic = await world.topic('orders')
    await append(
      world,
      topic,
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
      ].map((values) => batch(world, values)),
    )
    for (const maxBytes of [0, -1, 10, 60, 90, 180]) {
      await world.ask(Fetch, reading(topic, { maxBytes }), { as: `${maxBytes} bytes` })
      await world.ask(Fetch, reading(topic, { offset: 3, maxBytes }), { as: `${maxBytes} bytes from the middle` })
    }
    const second = fetching([from(topic), from(topic, { offset: 2 })], { isolationLevel: 1, maxBytes: 10 })
    await world.ask(Fetch, second, { as: 'read committed' })
    await world.ask(Fetch, reading(topic, { offset: 6, maxBytes: 0 }), { as: 'none, of the end' })
    await world.ask(Fetch, reading(topic, { offset: 7, maxBytes: 0 }), { as: 'none, beyond the end' })
  },
  'how many bytes of all partitions': [
    { versions: '3+' },
    async (world) => {
      const { orders, bills } = await world.topics({ orders: { partitions: 2 }, bills: {} })
      for (const index of [0, 1]) await append(world, orders, [batch(world, ['a', 'b']), batch(world, ['c'])], index)
      await append(world, bills, [batch(world, ['d'])])
      const all = [from(orders, {}, { index: 1 }), from(bills)]
      for (const maxBytes of [0, -5, 10, 80, 160, 240]) {
        await world.ask(Fetch, fetching(all, { maxBytes }), { as: `${maxBytes} bytes` })
      }
      const ended = [from(bills, { offset: 1 }), from(orders, {}, { index: 1 })]
      await world.ask(Fetch, fetching(ended, { maxBytes: 1 }), { as: 'a first partition that has nothing' })
      const small = [from(orders, { maxBytes: 10 }, { index: 1, maxBytes: 10 })]
      await world.ask(Fetch, fetching(small), { as: 'limits smaller than a batch' })
    },
  ],
  'converted, and cut where the limit is': [
    { versions: '0-3' },
    async (world) => {
      const topic = await world.topic('orders')
      const packed = batch(world, ['f', 'g'], { compression: 'lz4' })
      await append(world, topic, [batch(world, ['a', 'b', 'c']), batch(world, ['d', 'e']), packed])
      for (const maxBytes of [20, 50, 100, 120, 150, 1000]) {
        await world.ask(Fetch, reading(topic, { maxBytes }), { as: `${maxBytes} bytes` })
        await world.ask(Fetch, reading(topic, { offset: 1, maxBytes }), { as: `${maxBytes} bytes from 1` })
      }
      await world.ask(Fetch, reading(topic, { offset: 6 }), { as: 'in the compressed batch' })
    },
  ],
}
