import { describe, expect, test } from 'vitest'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'
import { clients, shop, threeBrokers } from './scenarios/fixture.ts'

describe.each(clients.map((client) => [client.name, client] as const))(
  '%s reads all, though a Fetch was answered',
  (_, client) => {
    // To garbage kafkajs and librdkafka have sent no request: they wait until the one that they have sent times out, 30 s.
    const finds = ['crc', 'truncated', 'frame', 'garbage'] as const
    const kinds = ['kafkajs', 'librdkafka (kafka-crab-js)'].includes(client.name) ? finds.slice(0, 3) : finds
    test.each(kinds)('with corrupt %s', async (how) => {
      const cluster = await threeBrokers(client)
      const { produce, bill, billed, values } = await shop(client, cluster)
      await produce('one')
      await produce('two')
      const corrupting = kafka.fetch({ topic: 'orders' }, () => KafkaResponse.corrupt(how), { once: true })
      cluster.use(corrupting)
      await bill()
      await billed('one', 'two')
      expect(cluster.calls(corrupting)).toHaveLength(1)
      expect(values()).toEqual(['one', 'two'])
    })
  },
)
