import { expectTypeOf, onTestFinished, test } from 'vitest'
import { type Deserializer, KafkaCluster, type TestRecord } from '../../src/index.ts'
import type { TestCluster, TestRecords } from '../../src/testing/index.ts'

test('a KafkaCluster answers all that a test can ask of any cluster', async () => {
  const cluster = await KafkaCluster.start()
  onTestFinished(() => cluster.stop())
  const any: TestCluster = cluster satisfies TestCluster
  expectTypeOf<KafkaCluster>().toExtend<TestCluster>()
  await any.topic('orders').append({ value: { id: 1 } })
})

test('a record is what its deserializers make of it', () => {
  interface Order {
    readonly id: number
  }
  type Read<R> = Promise<readonly R[]>
  const told = (topic: TestRecords, avro: (bytes: Buffer) => Order, json: Deserializer<Order>) => ({
    text: () => topic.records(),
    limited: () => topic.records({ isolation: 'read_committed', partition: 1 }),
    json: () => topic.records({ value: 'json' }),
    bytes: () => topic.records({ key: 'bytes' }),
    avro: () => topic.records({ value: avro }),
    named: () => topic.records<string, Order>({ value: 'json' }),
    passed: () => topic.records<string, Order>({ value: json }),
    count: () => topic.waitFor(1, { value: avro, timeout: 5 }),
    one: () => topic.waitFor((record) => record.value?.id === 1, { value: avro }),
    oneNamed: () => topic.waitFor<string, Order>(({ value }) => value?.id === 1, { value: 'json' }),
    oneText: () => topic.waitFor(({ key }) => key === 'a'),
  })
  type Told = { [K in keyof ReturnType<typeof told>]: ReturnType<ReturnType<typeof told>[K]> }
  expectTypeOf<Told['text']>().toEqualTypeOf<Read<TestRecord>>()
  expectTypeOf<Told['limited']>().toEqualTypeOf<Read<TestRecord>>()
  expectTypeOf<Told['json']>().toEqualTypeOf<Read<TestRecord<string, unknown>>>()
  expectTypeOf<Told['bytes']>().toEqualTypeOf<Read<TestRecord<Buffer>>>()
  expectTypeOf<Told['avro']>().toEqualTypeOf<Read<TestRecord<string, Order>>>()
  expectTypeOf<Told['named']>().toEqualTypeOf<Read<TestRecord<string, Order>>>()
  expectTypeOf<Told['passed']>().toEqualTypeOf<Read<TestRecord<string, Order>>>()
  expectTypeOf<Told['count']>().toEqualTypeOf<Read<TestRecord<string, Order>>>()
  expectTypeOf<Told['one']>().toEqualTypeOf<Promise<TestRecord<string, Order>>>()
  expectTypeOf<Told['oneNamed']>().toEqualTypeOf<Promise<TestRecord<string, Order>>>()
  expectTypeOf<Told['oneText']>().toEqualTypeOf<Promise<TestRecord>>()
})
