import { Kafka, logLevel } from 'kafkajs'
import { test as base } from 'memkafka/vitest'

interface Service {
  start(): Promise<void>
  stop(): Promise<void>
}

interface Fixtures {
  /** kafkajs at the test's cluster. It tries again after 10 ms, where it is 300 otherwise, and says nothing of it. */
  readonly client: Kafka
  /** Starts a service. However the test ends, it is stopped after it, and before the cluster is. */
  readonly start: <T extends Service>(service: T) => Promise<T>
}

export const test = base.extend<Fixtures>({
  client: async ({ cluster }, use) => {
    const brokers = cluster.bootstrapServers
    await use(new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } }))
  },
  start: async ({ cluster: _ }, use) => {
    const services: Service[] = []
    await use(async (service) => {
      services.push(service)
      await service.start()
      return service
    })
    await Promise.all(services.map((service) => service.stop()))
  },
})

/** Of consumers: a rebalance is heard of after 50 ms, not 3 s, and closing takes as long, not 5 s. */
export const quick = { heartbeatInterval: 50, maxWaitTimeInMs: 50 }
