import { afterAll, beforeAll, describe, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import type { Client } from '../clients/client.ts'
import type { RunningCluster } from '../clients/cluster.ts'
import { kafkaNodeWith } from '../clients/kafka-node.ts'
import { kafkaJs } from '../clients/kafkajs.ts'
import { librdkafka } from '../clients/librdkafka.ts'
import { platformatic } from '../clients/platformatic.ts'
import { liveThroughARestart } from '../clients/scenario.ts'

// The story that every client is told on a cluster, told behind a proxy in which no handler is in place.

const clients: readonly Client[] = [kafkaJs, platformatic, librdkafka, kafkaNodeWith('v1')]
/** A safety net for a client that hangs. */
const timeout = 120_000

describe.each(clients)('$name behind a proxy', (client) => {
  let cluster: KafkaCluster | undefined
  let proxy: KafkaProxy | undefined

  beforeAll(async () => {
    cluster = await KafkaCluster.start({ brokers: 3 })
    proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
  })
  // Whoever stays connected would log its attempts to find brokers again.
  afterAll(async () => {
    if (client.staysConnected) return
    await proxy?.stop()
    await cluster?.stop()
  })

  test('writes, reads in a group of two, loses a member, and resumes where it committed', { timeout }, async ({
    skip,
  }) => {
    const bootstrapServers = proxy?.bootstrapServers ?? []
    const reason = await client.unavailable?.(bootstrapServers)
    if (reason) return skip(reason)
    const running: RunningCluster = {
      bootstrapServers,
      knows: async () => {},
      settles: (question) => question(),
      stop: async () => {},
    }
    await liveThroughARestart(client, running)
  })
})
