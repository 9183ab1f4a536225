import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { UpstreamError } from '../../src/proxy/probe.ts'
import { KafkaResponse, kafka, respond } from '../../src/testing/index.ts'
import { type Certificate, selfSigned } from '../client/network/certificate.ts'
import { WireClient } from '../wire-client.ts'

const LARGE = 900_000

/** A cluster that is reached by TLS alone, as far as it tells of itself. */
async function behindTls(certificate: Certificate) {
  const cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const server = createServer(certificate, (socket) => {
    const broker = cluster.connect()
    socket.pipe(broker).pipe(socket)
    socket.on('error', () => broker.destroy())
    socket.on('close', () => broker.destroy())
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  cluster.use(
    respond(Metadata, async ({ perform }) => {
      const answer = await perform()
      for (const broker of answer?.brokers ?? []) Object.assign(broker, { host: '127.0.0.1', port })
      return answer
    }),
  )
  return {
    cluster,
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve))
      await cluster.stop()
    },
  }
}

describe('a proxy before a cluster that is reached by TLS', () => {
  test('lets clients in in plain text, and small and large requests and answers through', async () => {
    const certificate = selfSigned()
    await using upstream = await behindTls(certificate)
    await using proxy = await KafkaProxy.start({ upstream: upstream.address, tls: { ca: certificate.cert } })
    expect(proxy.brokers.map(({ host, port }) => `${host}:${port}`)).toEqual([upstream.address])
    const client = await WireClient.to(proxy.bootstrapServers[0] as string)
    const { brokers, topics } = await client.send(Metadata, 12, { topics: [{ name: 'orders' }] })
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(proxy.bootstrapServers)
    const sizes = [1, LARGE, 20, LARGE]
    for (const [i, size] of sizes.entries()) {
      const records = [buildBatch([{ value: Buffer.alloc(size, i), timestamp: 0 }])]
      const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
      const { responses } = await client.send(Produce, 9, { acks: -1, timeoutMs: 1000, topicData })
      expect(responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: i })
    }
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 24 }]
    const topic = { topicId: topics[0]?.topicId as string, partitions }
    const { responses } = await client.send(Fetch, 17, { sessionEpoch: -1, maxBytes: 1 << 24, topics: [topic] })
    const bytes = Buffer.concat(responses[0]?.partitions[0]?.records ?? [])
    for (const [i, size] of sizes.entries()) expect(bytes.includes(Buffer.alloc(size, i))).toBe(true)
    client.close()
  })

  test('has handlers answer in its place', async () => {
    const certificate = selfSigned()
    await using upstream = await behindTls(certificate)
    await using proxy = await KafkaProxy.start({ upstream: upstream.address, tls: { ca: certificate.cert } })
    proxy.use(kafka.metadata({ topic: 'orders' }, () => KafkaResponse.error('LEADER_NOT_AVAILABLE')))
    const client = await WireClient.to(proxy.bootstrapServers[0] as string)
    const { topics } = await client.send(Metadata, 12, { topics: [{ name: 'orders' }] })
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([5])
    client.close()
  })

  test('that shows a certificate nobody trusts is one clear error', async () => {
    await using upstream = await behindTls(selfSigned())
    const started = KafkaProxy.start({ upstream: upstream.address, tls: true })
    await expect(started).rejects.toThrow(UpstreamError)
    await expect(started).rejects.toThrow(
      `upstream ${upstream.address} cannot be reached by TLS: self-signed certificate`,
    )
  })

  test('that shows the certificate of another host is one clear error', async () => {
    const certificate = selfSigned('kafka.internal')
    await using upstream = await behindTls(certificate)
    const tls = { ca: certificate.cert, servername: 'kafka.example' }
    const started = KafkaProxy.start({ upstream: upstream.address, tls })
    await expect(started).rejects.toThrow(
      /cannot be reached by TLS: Hostname\/IP does not match certificate's altnames/,
    )
  })

  test('in plain text is one clear error, and so is TLS to a cluster without', async () => {
    await using upstream = await behindTls(selfSigned())
    const plain = KafkaProxy.start({ upstream: upstream.address })
    await expect(plain).rejects.toThrow('does not answer as a broker of Kafka does')
    const [address] = upstream.cluster.bootstrapServers as [string]
    const started = KafkaProxy.start({ upstream: address, tls: true })
    await expect(started).rejects.toThrow(`upstream ${address} cannot be reached by TLS: `)
  })
})
