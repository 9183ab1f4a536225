import { describe, expect, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { InitProducerId, type InitProducerIdRequest } from '../../../src/protocol/messages/init-producer-id.ts'
import { WireClient } from '../../wire-client.ts'

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start(options)
  const clients = await Promise.all(cluster.bootstrapServers.map((server) => WireClient.to(server)))
  return {
    /** Asks a broker for an id, and tells the error, the id and the epoch. */
    init: async (version: number, request: Input<InitProducerIdRequest> = {}, broker = 0) => {
      const body = { transactionalId: null, transactionTimeoutMs: 60_000, ...request }
      const answer = await (clients[broker] as WireClient).send(InitProducerId, version, body)
      return [errorName(answer.errorCode), answer.producerId, answer.producerEpoch]
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.close()
      await cluster.stop()
    },
  }
}

describe('InitProducerId without a transactional id', () => {
  test.each([0, 1, 2, 3, 4, 5])('version %i gives each producer an id of its own', async (version) => {
    await using cluster = await start()
    expect(await cluster.init(version)).toEqual(['NONE', 0, 0])
    expect(await cluster.init(version)).toEqual(['NONE', 1, 0])
  })

  test('gives ids of different blocks at different brokers', async () => {
    await using cluster = await start({ brokers: 2 })
    expect(await cluster.init(4, {}, 1)).toEqual(['NONE', 0, 0])
    expect(await cluster.init(4, {}, 0)).toEqual(['NONE', 1000, 0])
    expect(await cluster.init(4, {}, 1)).toEqual(['NONE', 1, 0])
  })

  test('gives a new id to a producer that names the one it has, KIP-360', async () => {
    await using cluster = await start()
    expect(await cluster.init(3, { producerId: 5, producerEpoch: 3 })).toEqual(['NONE', 0, 0])
  })

  test('refuses an id without an epoch, and an epoch without an id', async () => {
    await using cluster = await start()
    expect(await cluster.init(3, { producerId: 5 })).toEqual(['INVALID_REQUEST', -1, -1])
    expect(await cluster.init(3, { producerEpoch: 5 })).toEqual(['INVALID_REQUEST', -1, -1])
  })
})

describe('InitProducerId with a transactional id', () => {
  test('is checked as Kafka checks it', async () => {
    await using cluster = await start({ config: { 'transaction.max.timeout.ms': '1000' } })
    expect(await cluster.init(4, { transactionalId: '' })).toEqual(['INVALID_REQUEST', -1, -1])
    expect(await cluster.init(4, { transactionalId: 't', transactionTimeoutMs: 1001 })).toEqual([
      'INVALID_TRANSACTION_TIMEOUT',
      -1,
      -1,
    ])
    expect(await cluster.init(4, { transactionalId: 't', transactionTimeoutMs: 0 })).toEqual([
      'INVALID_TRANSACTION_TIMEOUT',
      -1,
      -1,
    ])
  })

  test('is for the coordinator of that id', async () => {
    await using cluster = await start()
    expect(await cluster.init(4, { transactionalId: 't' })).toEqual(['NOT_COORDINATOR', -1, -1])
  })
})
