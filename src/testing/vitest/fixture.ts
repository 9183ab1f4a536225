import type { TestAPI } from 'vitest'
import { KafkaCluster } from '../../broker/cluster.ts'
import { type FixtureOptions, readFixtureOptions } from './fixture-options.ts'

/** What `withKafka` adds to the context of tests. */
export interface KafkaFixtures {
  /** A cluster, started when a test asks for it. */
  readonly cluster: KafkaCluster
  /** What it is started with: `test.override({ clusterOptions: { brokers: 3 } })`. */
  readonly clusterOptions: FixtureOptions
}

/** A `test` of one's own, with a cluster. */
export function withKafka<Context>(
  base: TestAPI<Context>,
  defaults: FixtureOptions = {},
): TestAPI<Context & KafkaFixtures> {
  const extended = (base as unknown as TestAPI<object>).extend<KafkaFixtures>({
    clusterOptions: defaults,
    cluster: async ({ clusterOptions }, use) => {
      const cluster = await KafkaCluster.start(readFixtureOptions(clusterOptions).cluster)
      await use(cluster)
      await cluster.stop()
    },
  })
  return extended as unknown as TestAPI<Context & KafkaFixtures>
}
