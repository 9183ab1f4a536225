/**
 * The clusters that tests of the kit run on which need no emulator: memkafka as its handles give it, and one that is reached by its address alone, which
 * is memkafka over TCP, or real Kafka where `MEMKAFKA_TEST_BOOTSTRAP=127.0.0.1:9092,…` names it.
 */
import { onTestFinished } from 'vitest'
import { type ConfigOptions, newConfig } from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { connectCluster } from '../../../src/testing/real/real-cluster.ts'
import type { TestCluster } from '../../../src/testing/test-cluster.ts'
import '../../../src/testing/vitest/matchers.ts'
import { brokerConfigs } from '../../client/harness.ts'

const real = process.env.MEMKAFKA_TEST_BOOTSTRAP

/** Whether what is reached by its address is real Kafka. */
export const isRealKafka: boolean = real !== undefined

export type Kind = 'memkafka' | 'a cluster by its address'

export const kinds: readonly Kind[] = isRealKafka
  ? ['a cluster by its address']
  : ['memkafka', 'a cluster by its address']

/** What a test is given. */
export interface Given {
  readonly cluster: TestCluster
  /** The names of topics, in that cluster. */
  readonly orders: string
  readonly many: string
  /** What a client of ours is to begin with. */
  readonly config: ReturnType<typeof newConfig>
}

const topics = { orders: {}, many: { partitions: 3 } }

/** A cluster with the topics orders, of one partition, and many, of three. */
export async function start(kind: Kind, waitTimeout = 10_000): Promise<Given> {
  const config = newConfig({ consumer: { offsets: { initial: -2 } } } satisfies ConfigOptions)
  if (kind === 'memkafka') {
    const cluster = await KafkaCluster.start({ topics, waitTimeout, config: brokerConfigs })
    onTestFinished(() => cluster.stop())
    return { cluster, orders: 'orders', many: 'many', config }
  }
  const cluster = await connectCluster(await bootstrap(), { topics, waitTimeout, allowWrites: true })
  onTestFinished(() => cluster.stop())
  return { cluster, orders: cluster.name('orders'), many: cluster.name('many'), config }
}

/** The address of real Kafka, or of memkafka. */
export async function bootstrap(): Promise<string> {
  if (real !== undefined) return real
  const cluster = await KafkaCluster.start({ config: brokerConfigs })
  onTestFinished(() => cluster.stop())
  return cluster.bootstrapServers.join(',')
}
