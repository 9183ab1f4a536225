import { test as base, describe, expect, expectTypeOf, test } from 'vitest'
import type { ExpectedRecord, KafkaMatchers } from '../../../src/testing/index.ts'
import { KafkaProxy, kafka } from '../../../src/testing/index.ts'
import '../../../src/testing/vitest/matchers.ts'
import { startMemkafka as start } from './fixture.ts'

describe('the types of the matchers', () => {
  test('take what is expected, and are promises', async () => {
    const { cluster, orders } = await start({ timeline: true })
    await orders.append({ key: 'order-1', value: { total: 3 } })
    const expected = expect(orders).toHaveRecord({ key: 'order-1', value: { total: 3 }, partition: 0 })
    expectTypeOf(expected).toEqualTypeOf<Promise<void>>()
    await expected
    await expect(orders).toHaveRecord({ value: (value) => value?.startsWith('{') === true })
    await expect(orders).toHaveRecord((record) => record.key?.startsWith('order') === true)
    await expect(orders).toHaveRecord(
      { value: (value) => value?.length === 11 },
      { value: (bytes: Buffer) => new Uint8Array(bytes), isolation: 'read_committed' },
    )
    await expect(orders).toHaveRecords([({ offset }) => offset === 0])
    await expect(cluster).not.toHaveReceivedRequest(kafka.produce({ topic: 'orders' }), { times: 1 })
    await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers, timeline: true })
    const spy = kafka.produce({ topic: 'orders' }, () => undefined)
    proxy.use(spy)
    const never = expect(proxy).not.toHaveFired(spy)
    expectTypeOf(never).toEqualTypeOf<Promise<void>>()
    await never
    await expect(proxy).toHaveFired({ handler: spy }, { times: 0 })
    await expect(proxy).not.toHaveReceivedRequest(kafka.produce({ topic: 'orders' }), { times: 1 })
    interface Order {
      total: number
    }
    const order: Order = { total: 3 }
    await expect(orders).toHaveRecord({ value: order })
  })

  test('refuse what nobody can expect', () => {
    /** Never called: what the compiler says of it is what is tested. */
    const refused = (): unknown => {
      const matchers: KafkaMatchers = expect.unreachable()
      return [
        // @ts-expect-error: there is no such part
        matchers.toHaveRecord({ vlaue: 'paid' }),
        // @ts-expect-error: an offset is a number
        matchers.toHaveRecord({ offset: '1' }),
        // @ts-expect-error: a header is text
        matchers.toHaveRecord({ headers: { retries: 3 } }),
        // @ts-expect-error: JSON has no symbols
        matchers.toHaveRecord({ key: Symbol('order') }),
        // @ts-expect-error: there is no such deserializer
        matchers.toHaveRecord({ value: 'paid' }, { value: 'xml' }),
        // @ts-expect-error: there is no such option
        matchers.toHaveRecord({ value: 'paid' }, { timeuot: 3 }),
        // @ts-expect-error: how many, or which
        matchers.toHaveRecords('paid'),
        // @ts-expect-error: a function is asked about text
        matchers.toHaveRecord({ value: (value: number) => value === 3 }),
        // @ts-expect-error: an offset is a number
        matchers.toHaveCommitted({ topic: 'orders', partition: 0, offset: '3' }),
        // @ts-expect-error: a number of records
        matchers.toHaveLag('0'),
        // @ts-expect-error: by client ids
        matchers.toHaveMembers([1]),
        // @ts-expect-error: a handler has a resolver
        matchers.toHaveFired(kafka.produce()),
      ]
    }
    expectTypeOf(refused).toBeFunction()
    expectTypeOf<ExpectedRecord['offset']>().extract<string>().toBeNever()
  })

  base.extend('own', 3)('are those of any test of vitest', ({ own, expect: ownExpect }) => {
    expectTypeOf(ownExpect(own).toHaveRecord).toEqualTypeOf<KafkaMatchers['toHaveRecord']>()
  })
})
