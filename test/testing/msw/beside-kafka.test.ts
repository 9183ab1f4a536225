import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { interceptKafka } from '../../../src/testing/index.ts'
import { viaKafkajs, viaOurs, viaPlatformatic } from '../intercept-kafka/clients.ts'

const server = () => setupServer(http.get('http://shop.test/prices', () => HttpResponse.text('7')))
const price = async (): Promise<string> => (await fetch('http://shop.test/prices')).text()
const clients = { viaKafkajs, viaPlatformatic, viaOurs }

test.each(Object.entries(clients))(
  'a plain setupServer leaves clients over TCP alone: %s',
  async (topic, roundTrip) => {
    await using cluster = await KafkaCluster.start({ topics: { [topic]: {} } })
    const http = server()
    http.listen({ onUnhandledFrame: 'error' })
    try {
      expect(await roundTrip(cluster.bootstrapServers, topic, false)).toMatch(/^by /)
      expect(await price()).toBe('7')
    } finally {
      http.close()
    }
  },
)

test.each(['before', 'after'])('a setupServer that listens %s interceptKafka goes with it', async (when) => {
  await using cluster = await KafkaCluster.start()
  const http = server()
  if (when === 'before') http.listen({ onUnhandledFrame: 'error' })
  await using _ = await interceptKafka(cluster, { 'kafka-1.test:9092': 1 })
  if (when === 'after') http.listen({ onUnhandledFrame: 'error' })
  try {
    expect(await viaKafkajs(['kafka-1.test:9092'], 'orders', false)).toMatch(/^by /)
    expect(await price()).toBe('7')
  } finally {
    http.close()
  }
})
