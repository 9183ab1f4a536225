import { expect, onTestFinished } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import '../../../src/testing/vitest/matchers.ts'

/** A cluster with the topics orders, of one partition, and many, of three. */
export async function start(options: Parameters<typeof KafkaCluster.start>[0] = {}) {
  const topics = { orders: {}, many: { partitions: 3 } }
  const cluster = await KafkaCluster.start({ topics, waitTimeout: 30, ...options })
  onTestFinished(() => cluster.stop())
  return { cluster, orders: cluster.topic('orders'), many: cluster.topic('many') }
}

/** What a matcher says that fails, without colours. */
export async function failureOf(assertion: PromiseLike<unknown>): Promise<string> {
  const message = await assertion.then(
    () => undefined,
    (error: Error) => error.message,
  )
  if (message === undefined) return expect.unreachable('the matcher holds')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are told by them
  return message.replaceAll(/\u001b\[\d+m/g, '')
}
