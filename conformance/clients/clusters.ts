import { KafkaCluster } from '../../src/index.ts'
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

/** A cluster that someone else has started. */
export function standing(bootstrapServers: readonly string[]): Cluster[] {
  return [{ brokers: bootstrapServers.length, start: async () => ({ bootstrapServers, stop: async () => {} }) }]
}
