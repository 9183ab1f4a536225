import { KafkaCluster } from '../../src/index.ts'
import { startKafka } from '../kafka/kafka.ts'
import type { Cluster } from './run.ts'

/** On how many brokers each program is run. */
const SHAPES = [1, 3] as const

/**
 * memkafka, in this process.
 * @param version the release of Kafka that it passes for
 */
export function memkafka(version?: string): Cluster[] {
  return SHAPES.map((brokers) => ({
    brokers,
    start: () => KafkaCluster.start({ brokers, ...(version === undefined ? {} : { version }) }),
  }))
}

/** The real Kafka of a release, one cluster at a time. It takes seconds to start: every program is run against the same. */
export async function* kafka(version: string): AsyncGenerator<Cluster, void, void> {
  for (const brokers of SHAPES) {
    const running = await startKafka({ version, brokers })
    try {
      yield { brokers, start: async () => ({ bootstrapServers: running.bootstrapServers, stop: async () => {} }) }
    } finally {
      await running.stop()
    }
  }
}

/** A cluster that someone else has started. */
export function standing(bootstrapServers: readonly string[]): Cluster[] {
  return [{ brokers: bootstrapServers.length, start: async () => ({ bootstrapServers, stop: async () => {} }) }]
}
