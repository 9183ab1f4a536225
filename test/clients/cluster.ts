/** The brokers that the clients are tried on. */
export interface RunningCluster {
  readonly bootstrapServers: readonly string[]
  stop(): Promise<void>
}

/** A real cluster to run the same tests on: `MEMKAFKA_TEST_BOOTSTRAP=127.0.0.1:9092,127.0.0.1:9093,…`, one address a broker. */
const real = process.env.MEMKAFKA_TEST_BOOTSTRAP?.split(',')

/** Why there cannot be a cluster of that size; nothing when there can. */
export function cannotStart(brokers: number): string | undefined {
  if (real && real.length !== brokers) return `MEMKAFKA_TEST_BOOTSTRAP names ${real.length} broker(s), not ${brokers}`
  return undefined
}

export async function startCluster(brokers: number): Promise<RunningCluster> {
  if (real) return { bootstrapServers: real, stop: async () => {} }
  const frontDoor = '../../src/index.ts'
  const { KafkaCluster } = await import(/* @vite-ignore */ frontDoor)
  return KafkaCluster.start({ brokers })
}
