import { HttpResponse, http } from 'msw'
import { defaultNetworkOptions } from 'msw/node'
import { ws } from 'msw/ws'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newConfig, newSyncProducer } from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { defineKafkaNetwork, KafkaSource } from '../../../src/testing/msw/index.ts'

let cluster: KafkaCluster
beforeEach(async () => {
  cluster = await KafkaCluster.start({ topics: { orders: {} } })
})
afterEach(() => cluster.stop())

const refused = (error: 'NOT_ENOUGH_REPLICAS' | 'MESSAGE_TOO_LARGE', options: object = {}) =>
  kafka.produce({ topic: 'orders' }, () => KafkaResponse.error(error), options)

/** What a producer is told. */
async function produce(to: KafkaCluster = cluster): Promise<string> {
  const config = newConfig({ producer: { retry: { max: 0 } } }, to.clientConfig())
  const producer = await newSyncProducer(to.bootstrapServers, config)
  try {
    await producer.sendMessage({ topic: 'orders', value: 'a' })
    return 'done'
  } catch (error) {
    return (error as { kafkaName?: string }).kafkaName ?? String(error)
  } finally {
    await producer.close()
  }
}

type Options = Parameters<typeof defineKafkaNetwork>[0]
const networkOf = (handlers: Options['handlers'] = [], more: Partial<Options> = {}) =>
  defineKafkaNetwork({ sources: [new KafkaSource(cluster)], handlers: handlers ?? [], ...more })

test('handlers of all kinds stand beside each other', async () => {
  const more = http.post('http://shop.test/prices', () => HttpResponse.text('2'))
  const chat = ws.link('ws://chat.test').addEventListener('connection', () => {})
  const price = http.get('http://shop.test/prices', () => HttpResponse.text('1'))
  const [first, second] = [refused('NOT_ENOUGH_REPLICAS'), refused('MESSAGE_TOO_LARGE')]
  const network = networkOf([first, price])
  network.use(more, second, chat)
  expect(new Set(network.listHandlers())).toEqual(new Set([first, price, more, second, chat]))
  network.resetHandlers()
  expect(network.listHandlers()).toEqual(expect.arrayContaining([first, price]))
  expect(network.listHandlers()).toHaveLength(2)
})

test('a network is enabled and disabled once', async () => {
  const network = networkOf([refused('NOT_ENOUGH_REPLICAS')])
  await network.enable()
  expect(() => network.enable()).toThrow('already enabled')
  expect(cluster.listHandlers()).toHaveLength(1)
  expect(await produce()).toContain('NotEnoughReplicas')
  await network.disable()
  expect(() => network.disable()).toThrow()
  expect(cluster.listHandlers()).toEqual([])
  expect(await produce()).toBe('done')
})

test('a network that is disabled lets go of a request that is held', async () => {
  const network = networkOf()
  await network.enable()
  const held = Promise.withResolvers<void>()
  network.use(
    kafka.produce({ topic: 'orders' }, async ({ signal }) => {
      held.resolve()
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }),
  )
  const asked = produce()
  await held.promise
  await network.disable()
  expect(await asked).toBe('done')
})

test('a cluster that is stopped first does not trouble its network, nor the other clusters of it', async () => {
  await using other = await KafkaCluster.start({ topics: { orders: {} } })
  const network = defineKafkaNetwork({ sources: [new KafkaSource(cluster), new KafkaSource(other)], handlers: [] })
  await network.enable()
  await cluster.stop()
  network.use(refused('NOT_ENOUGH_REPLICAS'))
  expect(await produce(other)).toContain('NotEnoughReplicas')
  network.restoreHandlers()
  network.resetHandlers()
  expect(await produce(other)).toBe('done')
  await network.disable()
})

test('a cluster that is stopped beforehand can be a source still', async () => {
  await cluster.stop()
  const network = networkOf([refused('NOT_ENOUGH_REPLICAS')])
  await network.enable()
  await network.disable()
})

test('handlers that cluster.resetHandlers took away come back with those of the network', async () => {
  const network = networkOf([refused('NOT_ENOUGH_REPLICAS')])
  await network.enable()
  cluster.resetHandlers()
  network.resetHandlers()
  expect(await produce()).toContain('NotEnoughReplicas')
  network.use(refused('MESSAGE_TOO_LARGE', { once: true }))
  expect(await produce()).toContain('MessageSizeTooLarge')
  expect(await produce()).toContain('NotEnoughReplicas')
  await network.disable()
})

test('a handler acts as often as it says, and so often again once it is restored or put to use anew', async () => {
  const twice = refused('NOT_ENOUGH_REPLICAS', { times: 2 })
  const network = networkOf()
  await network.enable()
  network.use(twice)
  const three = async (): Promise<string[]> => [await produce(), await produce(), await produce()]
  const expected = [expect.stringContaining('NotEnough'), expect.stringContaining('NotEnough'), 'done']
  expect(await three()).toEqual(expected)
  network.restoreHandlers()
  expect(await three()).toEqual(expected)
  network.use(twice)
  expect(cluster.listHandlers()).toEqual([twice])
  expect(await three()).toEqual(expected)
  await network.disable()
})

test('a handler of the cluster’s own stays its own', async () => {
  await using own = await KafkaCluster.start({ topics: { orders: {} }, handlers: [refused('NOT_ENOUGH_REPLICAS')] })
  const network = defineKafkaNetwork({ sources: [new KafkaSource(own)], handlers: [] })
  await network.enable()
  network.use(refused('MESSAGE_TOO_LARGE'))
  expect(await produce(own)).toContain('MessageSizeTooLarge')
  await network.disable()
  expect(await produce(own)).toContain('NotEnoughReplicas')
})

test('what a function for unhandled frames throws is written to the console', async () => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => {})
  const network = networkOf([], {
    onUnhandledFrame: ({ frame }) => {
      if (frame.protocol === ('kafka' as string)) throw new Error('not handled')
    },
  })
  const unhandled: unknown[] = []
  const hear = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', hear)
  try {
    await network.enable()
    expect(await produce()).toBe('done')
    await new Promise((resolve) => setImmediate(resolve))
    await network.disable()
  } finally {
    process.off('unhandledRejection', hear)
  }
  expect(unhandled).toEqual([])
  expect(written).toHaveBeenCalledWith(new Error('not handled'))
  written.mockRestore()
})

test('HTTP’s sources are as they were when the network is over', async () => {
  const { fetch: before } = globalThis
  const network = defineKafkaNetwork({
    sources: [...defaultNetworkOptions.sources, new KafkaSource(cluster)],
    handlers: [http.get('http://shop.test/prices', () => HttpResponse.text('1'))],
    onUnhandledFrame: 'bypass',
  })
  await network.enable()
  expect(await (await fetch('http://shop.test/prices')).text()).toBe('1')
  await network.disable()
  expect(globalThis.fetch).toBe(before)
})
