import { Kafka } from 'kafkajs'
import { quickKafkaJs } from 'memkafka/testing'
import { test as base } from 'memkafka/vitest'

interface Service {
  start(): Promise<void>
  stop(): Promise<void>
}

export const test = base
  // kafkajs at the test's cluster.
  .extend('client', ({ cluster }) => new Kafka({ brokers: cluster.bootstrapServers, ...quickKafkaJs.client }))
  // Starts a service. However the test ends, it is stopped after it, and before the cluster is.
  .extend('start', ({ cluster: _, onTestFinished }) => async <T extends Service>(service: T): Promise<T> => {
    onTestFinished(() => service.stop())
    await service.start()
    return service
  })

/** Of consumers. */
export const quick = quickKafkaJs.consumer
