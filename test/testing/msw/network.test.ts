import { HttpResponse, http, type UnhandledFrameHandle } from 'msw'
import { defaultNetworkOptions } from 'msw/node'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newConfig, newSyncProducer } from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { defineKafkaNetwork, KafkaFrame, KafkaSource } from '../../../src/testing/msw/index.ts'

let cluster: KafkaCluster
beforeEach(async () => {
  cluster = await KafkaCluster.start({ topics: { orders: {} } })
})
afterEach(() => cluster.stop())

const prices = (answer: string): ReturnType<typeof http.get> =>
  http.get('http://shop.test/prices', () => HttpResponse.text(answer))
const refused = (error: 'NOT_ENOUGH_REPLICAS' | 'MESSAGE_TOO_LARGE', options: object = {}) =>
  kafka.produce({ topic: 'orders' }, () => KafkaResponse.error(error), options)

/** What is asked of HTTP and of Kafka, and what they say. */
async function ask(): Promise<[price: string, produced: string]> {
  const price = await (await fetch('http://shop.test/prices')).text()
  const producer = await newSyncProducer(
    cluster.bootstrapServers,
    newConfig({ producer: { retry: { max: 0 } } }, cluster.clientConfig()),
  )
  try {
    await producer.sendMessage({ topic: 'orders', value: 'a' })
    return [price, 'done']
  } catch (error) {
    return [price, (error as { kafkaName?: string; name: string }).name]
  } finally {
    await producer.close()
  }
}

const network = (
  handlers: Parameters<typeof defineKafkaNetwork>[0]['handlers'] = [],
  onUnhandledFrame: UnhandledFrameHandle = 'error',
) =>
  defineKafkaNetwork({
    sources: [...defaultNetworkOptions.sources, new KafkaSource(cluster)],
    handlers: [prices('1'), ...handlers],
    onUnhandledFrame,
  })

test('one use and one resetHandlers govern HTTP and Kafka', async () => {
  const both = network()
  await both.enable()
  expect(await ask()).toEqual(['1', 'done'])
  both.use(refused('NOT_ENOUGH_REPLICAS'), prices('2'))
  expect(await ask()).toEqual(['2', expect.stringContaining('NotEnoughReplicas')])
  both.resetHandlers()
  expect(await ask()).toEqual(['1', 'done'])
  await both.disable()
})

test('handlers that the network was defined with stay when it is reset, unless others take their place', async () => {
  const both = network([refused('NOT_ENOUGH_REPLICAS')])
  await both.enable()
  const later = refused('MESSAGE_TOO_LARGE')
  both.use(later)
  expect((await ask())[1]).toContain('MessageSizeTooLarge')
  both.resetHandlers()
  expect((await ask())[1]).toContain('NotEnoughReplicas')
  both.resetHandlers(prices('3'), later)
  expect(await ask()).toEqual(['3', expect.stringContaining('MessageSizeTooLarge')])
  both.resetHandlers()
  expect(await ask()).toEqual(['3', expect.stringContaining('MessageSizeTooLarge')])
  await both.disable()
})

test('what has acted as often as it was to acts again after restoreHandlers', async () => {
  const both = network([refused('NOT_ENOUGH_REPLICAS', { once: true })])
  await both.enable()
  expect((await ask())[1]).toContain('NotEnoughReplicas')
  expect(await ask()).toEqual(['1', 'done'])
  both.restoreHandlers()
  expect((await ask())[1]).toContain('NotEnoughReplicas')
  // What is put before it does not give back what it has spent.
  both.use(refused('MESSAGE_TOO_LARGE', { once: true }))
  expect((await ask())[1]).toContain('MessageSizeTooLarge')
  expect(await ask()).toEqual(['1', 'done'])
  both.resetHandlers()
  expect((await ask())[1]).toContain('NotEnoughReplicas')
  await both.disable()
})

test('listHandlers lists handlers of both kinds, as they were given, the first to be asked first', async () => {
  const [first, second, third, price] = [
    refused('NOT_ENOUGH_REPLICAS'),
    refused('MESSAGE_TOO_LARGE'),
    refused('NOT_ENOUGH_REPLICAS'),
    prices('2'),
  ]
  const both = network([first])
  both.use(second, price, third)
  expect(both.listHandlers().filter((handler) => !('kind' in handler))).toEqual([second, third, first])
  expect(both.listHandlers()).toContain(price)
  await both.enable()
  expect(cluster.listHandlers()).toEqual([second, third, first])
  both.use(first)
  expect(cluster.listHandlers()).toEqual([first, second, third])
  await both.disable()
  expect(cluster.listHandlers()).toEqual([])
})

test('a request that a handler holds goes its way when handlers are reset', async () => {
  const both = network()
  await both.enable()
  const held = Promise.withResolvers<void>()
  both.use(
    kafka.produce({ topic: 'orders' }, async ({ signal }) => {
      held.resolve()
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }),
  )
  const asked = ask()
  await held.promise
  both.resetHandlers()
  expect(await asked).toEqual(['1', 'done'])
  await both.disable()
})

test('while it is not enabled nothing is asked, and it can be enabled again', async () => {
  const both = network([refused('NOT_ENOUGH_REPLICAS')])
  expect(cluster.listHandlers()).toEqual([])
  for (const _ of ['once', 'again']) {
    await both.enable()
    expect((await ask())[1]).toContain('NotEnoughReplicas')
    await both.disable()
    expect(cluster.listHandlers()).toEqual([])
  }
})

test('a function is told of requests that no handler took; warn and error are for HTTP', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const seen: string[] = []
  const both = network([refused('NOT_ENOUGH_REPLICAS')], async ({ frame }) => {
    if (frame instanceof KafkaFrame) seen.push(await frame.getUnhandledMessage())
  })
  await both.enable()
  await ask()
  await both.disable()
  expect(
    seen.some((message) => message.startsWith('no handler took a Kafka request, which broker 1 served: Metadata')),
  ).toBe(true)
  expect(seen.some((message) => message.includes('Produce'))).toBe(false)
  expect(warned).not.toHaveBeenCalled()
})

test('two clusters in one network are asked alike', async () => {
  await using other = await KafkaCluster.start()
  const both = defineKafkaNetwork({ sources: [new KafkaSource(cluster), new KafkaSource(other)], handlers: [] })
  await both.enable()
  const handler = refused('NOT_ENOUGH_REPLICAS')
  both.use(handler)
  expect([cluster.listHandlers(), other.listHandlers()]).toEqual([[handler], [handler]])
  await both.disable()
})

test('what is no handler is refused', () => {
  const both = network()
  expect(() => both.use([prices('2')] as never)).toThrow('spread the list')
  expect(() => both.use({} as never)).toThrow('a network wants handlers')
  expect(() => both.use(kafka.produce({ topic: 'orders' }) as never)).toThrow('has no resolver')
  expect(() => new KafkaSource({} as never)).toThrow('a KafkaSource wants a KafkaCluster')
})
