import { Kafka } from 'kafkajs'
import { quickKafkaJs } from 'memkafka/testing'
import { withKafka } from 'memkafka/vitest'
import { test as base } from 'vitest'

interface Service {
  start(): Promise<void>
  stop(): Promise<void>
}

// A consumer that comes before its topic is an error on Kafka, and for kafkajs the end.
const topics = { orders: {}, 'orders.dead': {}, bills: {}, readings: {} }

export const test = withKafka(base, { topics })
  // kafkajs at the test's cluster.
  .extend('client', ({ cluster }) => new Kafka({ brokers: cluster.bootstrapServers, ...quickKafkaJs.client }))
  // What names begin with: nothing on memkafka. On a real cluster, which others use too, each test has its own.
  .extend('prefix', ({ cluster }) => cluster.name(''))
  .extend('topic', ({ cluster }) => {
    return (name: string) => cluster.topic(cluster.name(name))
  })
  .extend('group', ({ cluster }) => {
    return (name: string) => cluster.group(cluster.name(name))
  })
  // Starts a service. However the test ends, it is stopped after it, and before the cluster is.
  .extend('start', ({ cluster: _, onTestFinished }) => async <T extends Service>(service: T): Promise<T> => {
    onTestFinished(() => service.stop())
    await service.start()
    return service
  })

/** Of consumers. */
export const quick = quickKafkaJs.consumer
