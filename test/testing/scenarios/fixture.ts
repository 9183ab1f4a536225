import { onTestFinished } from 'vitest'
import { type ClusterOptions, KafkaCluster, type RequestEvent } from '../../../src/index.ts'
import type { Client } from '../../clients/client.ts'
import { Journal } from '../../clients/journal.ts'
import { kafkaJs } from '../../clients/kafkajs.ts'
import { librdkafka } from '../../clients/librdkafka.ts'
import { platformatic } from '../../clients/platformatic.ts'
import { join, start } from '../../clients/sessions.ts'
import { own } from './own.ts'

export const clients: readonly Client[] = [kafkaJs, own, platformatic, librdkafka]

/**
 * Three brokers and the topic orders, of one partition that each of them has. For a client that stays connected the cluster runs on until the process
 * ends: it would log its attempts to find it.
 */
export async function threeBrokers(client?: Client, options: ClusterOptions = {}): Promise<KafkaCluster> {
  const cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: { replicationFactor: 3 } }, ...options })
  if (!client?.staysConnected) onTestFinished(() => cluster.stop())
  return cluster
}

/** A client that writes orders, and one that bills them as a member of `billing`. */
export async function shop(client: Client, cluster: KafkaCluster) {
  const session = await start(client, { bootstrapServers: cluster.bootstrapServers } as never)
  const journal = new Journal()
  const produce = (...values: string[]) =>
    session.produce(
      'orders',
      'none',
      values.map((value) => ({ key: value, value: Buffer.from(value), headers: {} })),
    )
  const values = () => journal.records.map(({ value }) => String(value))
  return {
    session,
    journal,
    produce,
    values,
    async bill(name = 'a') {
      return join(session, 'billing', 'orders', journal.of(name))
    },
    billed: (...wanted: string[]) =>
      journal.until(`${wanted} to be billed`, () => wanted.every((value) => values().includes(value))),
    billedTimes: (value: string, times: number) =>
      journal.until(
        `${value} to be billed ${times} times`,
        () => values().filter((one) => one === value).length >= times,
      ),
  }
}

/** The requests that end from now on: `Produce`, … */
export function heard(cluster: KafkaCluster): RequestEvent[] {
  const events: RequestEvent[] = []
  cluster.events.on('request:end', (event) => events.push(event))
  return events
}
