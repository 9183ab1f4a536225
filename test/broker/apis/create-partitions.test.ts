import { describe, expect, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { CreatePartitions, type CreatePartitionsRequest } from '../../../src/protocol/messages/create-partitions.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { WireClient } from '../../wire-client.ts'

const VERSIONS = [0, 1, 2, 3]

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start({ topics: { a: { partitions: 2 } }, ...options })
  const client = new WireClient(cluster.connect())
  return {
    cluster,
    create: async (version: number, request: Input<CreatePartitionsRequest>) => {
      const { results } = await client.send(CreatePartitions, version, { timeoutMs: 1000, ...request })
      return results.map(({ name, errorCode, errorMessage }) => [name, errorName(errorCode), errorMessage])
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await cluster.stop()
    },
  }
}

/** How many partitions of the topic each broker knows. */
async function counts({ bootstrapServers }: KafkaCluster): Promise<(number | undefined)[]> {
  return Promise.all(
    bootstrapServers.map(async (server) => {
      const client = await WireClient.to(server)
      const { topics } = await client.send(Metadata, 12, { topics: [{ name: 'a' }], allowAutoTopicCreation: false })
      client.close()
      return topics[0]?.partitions.length
    }),
  )
}

describe('CreatePartitions', () => {
  test.each(VERSIONS)(
    'version %i gives a topic more partitions, and every broker knows them at once',
    async (version) => {
      await using kafka = await start({ brokers: 3 })
      const topics = [{ name: 'a', count: 4, assignments: null }]
      expect(await kafka.create(version, { topics, validateOnly: true })).toEqual([['a', 'NONE', null]])
      expect(await counts(kafka.cluster)).toEqual([2, 2, 2])
      expect(await kafka.create(version, { topics })).toEqual([['a', 'NONE', null]])
      expect(await counts(kafka.cluster)).toEqual([4, 4, 4])
    },
  )

  test.each(VERSIONS)('version %i tells each topic its own error', async (version) => {
    await using kafka = await start()
    const topics = [
      { name: 'a', count: 1, assignments: null },
      { name: 'b', count: 1, assignments: null },
    ]
    expect(await kafka.create(version, { topics })).toEqual([
      ['a', 'INVALID_PARTITIONS', 'The topic a currently has 2 partition(s); 1 would not be an increase.'],
      ['b', 'UNKNOWN_TOPIC_OR_PARTITION', null],
    ])
  })

  test('needs some time, and topics to give partitions to', async () => {
    await using kafka = await start()
    const topics = [{ name: 'a', count: 3, assignments: null }]
    expect(await kafka.create(3, { topics, timeoutMs: 0 })).toEqual([['a', 'REQUEST_TIMED_OUT', null]])
    expect(await kafka.create(3, { topics: [] })).toEqual([])
  })

  test('is refused by a broker of a release before KRaft that is not the controller', async () => {
    await using kafka = await start({ brokers: 2, version: '2.0' })
    const client = await WireClient.to(kafka.cluster.bootstrapServers[1] ?? '')
    const topics = [{ name: 'a', count: 3, assignments: null }]
    const { results } = await client.send(CreatePartitions, 1, { topics, timeoutMs: 1000 })
    expect(results.map(({ errorCode }) => errorName(errorCode))).toEqual(['NOT_CONTROLLER'])
    client.close()
    expect(await kafka.create(1, { topics })).toEqual([['a', 'NONE', null]])
  })
})
