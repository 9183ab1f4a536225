import { expect, onTestFinished } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import type { TestTopic } from '../../../src/testing/index.ts'
import '../../../src/testing/vitest/matchers.ts'
import { type AClusterOptions, aCluster, type OwnCluster } from '../a-cluster.ts'

// What is old on purpose is kept nonetheless.
const kept = { 'retention.ms': '-1' }
const topics = { orders: { configs: kept }, many: { partitions: 3, configs: kept } }
const waitTimeout = 30

/** A cluster with the topics orders, of one partition, and many, of three. */
export interface Started<Cluster, Topic> {
  readonly cluster: Cluster
  readonly orders: Topic
  readonly many: Topic
}

/** Be it memkafka or real Kafka. */
export async function start(options: AClusterOptions = {}): Promise<Started<OwnCluster, TestTopic>> {
  const cluster = await aCluster({ topics, waitTimeout, ...options })
  return { cluster, orders: cluster.topic(cluster.name('orders')), many: cluster.topic(cluster.name('many')) }
}

/** For what memkafka alone can do. */
export async function startMemkafka(
  options: ClusterOptions = {},
): Promise<Started<KafkaCluster, ReturnType<KafkaCluster['topic']>>> {
  const cluster = await KafkaCluster.start({ topics, waitTimeout, ...options })
  onTestFinished(() => cluster.stop())
  return { cluster, orders: cluster.topic('orders'), many: cluster.topic('many') }
}

/** What the names of a run begin with on real Kafka. */
const PREFIX = /\bmemkafka-[0-9a-f]{10}-/g

/** What a matcher says that fails, without colours, and with names as they are on memkafka. */
export async function failureOf(assertion: PromiseLike<unknown>): Promise<string> {
  const message = await assertion.then(
    () => undefined,
    (error: Error) => error.message,
  )
  if (message === undefined) return expect.unreachable('the matcher holds')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are told by them
  return message.replaceAll(/\u001b\[\d+m/g, '').replaceAll(PREFIX, '')
}
