import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { encodeRequest, encodeResponse } from '../../src/protocol/frame.ts'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { SaslHandshake } from '../../src/protocol/messages/sasl-handshake.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { UpstreamError } from '../../src/proxy/probe.ts'
import { batchOf } from '../broker/batches.ts'
import { WireClient } from '../wire-client.ts'
import { framed, ScriptedUpstream } from './scripted-upstream.ts'

const at = ([address]: readonly string[]): Promise<WireClient> => WireClient.to(address as string)

/** Resolves when a connection is over. */
const closeOf = (client: WireClient): Promise<unknown> => new Promise((resolve) => client.stream.once('close', resolve))

/** What becomes of a client that connects and says nothing: the code of an error, or that it is sent away in good order. */
function fateAt([address]: readonly string[]): Promise<string> {
  const [host, port] = (address as string).split(':')
  const socket = connect(Number(port), host)
  return new Promise((resolve) => {
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code as string))
    socket.once('close', () => resolve('sent away'))
  })
}

describe('a proxy', () => {
  test('sends on what comes before upstream has answered, and gives answers in their order', async () => {
    await using upstream = await ScriptedUpstream.start()
    await using proxy = await KafkaProxy.start({ upstream: upstream.address })
    const client = await at(proxy.bootstrapServers)
    const three = new Promise<void>((resolve) => {
      upstream.script = () => {
        if (upstream.received.length === 3) resolve()
        return undefined
      }
    })
    const answers = [1, 2, 3].map(() => client.send(Metadata, 1, { topics: [] }))
    await three
    const [socket] = upstream.sockets
    for (const [i, frame] of upstream.received.entries()) {
      const brokers = [{ nodeId: i, host: 'kafka.internal', port: 9092 + i }]
      for (const slice of encodeResponse(Metadata, 1, frame.readInt32BE(4), { brokers })) socket?.write(slice)
    }
    expect((await Promise.all(answers)).map(({ brokers }) => brokers[0]?.nodeId)).toEqual([0, 1, 2])
    // Each of these nodes has a listener in front of it by now.
    expect(proxy.brokers.map(({ port }) => port).slice(1)).toEqual([9092, 9093, 9094])
    client.close()
  })

  test('lets a client that does not read its answers feel it, and loses none', async () => {
    await using upstream = await ScriptedUpstream.start()
    await using proxy = await KafkaProxy.start({ upstream: upstream.address })
    const client = await at(proxy.bootstrapServers)
    const records = [Buffer.alloc(1 << 20, 7)]
    let unread: Socket | undefined
    upstream.script = (frame, socket) => {
      unread ??= socket
      const partitions = [{ partitionIndex: frame.readInt32BE(4), records }]
      return Buffer.concat(encodeResponse(Fetch, 11, frame.readInt32BE(4), { responses: [{ topic: 't', partitions }] }))
    }
    client.stream.pause()
    const answers = Array.from({ length: 40 }, () => client.send(Fetch, 11, { topics: [] }))
    // Another client's requests come and go meanwhile, and still upstream is not rid of what nobody reads.
    const other = await at(proxy.bootstrapServers)
    for (let i = 0; i < 20; i++) await other.send(Fetch, 11, { topics: [] })
    expect(unread?.writableLength).toBeGreaterThan(1 << 20)
    other.close()
    client.stream.resume()
    const read = await Promise.all(answers)
    expect(read.map(({ responses }) => responses[0]?.partitions[0]?.partitionIndex)).toEqual(read.map((_, i) => i))
    expect(read.every(({ responses }) => responses[0]?.partitions[0]?.records?.[0]?.equals(records[0] as Buffer))).toBe(
      true,
    )
    client.close()
  })

  test('takes a frame that arrives byte by byte', async () => {
    await using upstream = await ScriptedUpstream.start()
    await using proxy = await KafkaProxy.start({ upstream: upstream.address })
    const client = await at(proxy.bootstrapServers)
    const partitionData = [{ index: 0, records: [batchOf(3)] }]
    const request = { acks: 1, timeoutMs: 1, topicData: [{ name: 'orders', partitionData }] }
    const bytes = Buffer.concat(encodeRequest(Produce, 9, { correlationId: 5, clientId: 'slow' }, request))
    upstream.script = (frame) => {
      const answer = Buffer.concat(encodeResponse(Produce, 9, frame.readInt32BE(4), { throttleTimeMs: 3 }))
      for (const byte of answer) for (const socket of upstream.sockets) socket.write(Buffer.of(byte))
      return undefined
    }
    const answer = once(client.stream, 'data')
    for (const byte of bytes) client.stream.write(Buffer.of(byte))
    await answer
    expect(upstream.received).toEqual([bytes.subarray(4)])
    client.close()
  })

  test('brings what a producer sends with acks=0 and then hangs up', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
    await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    const client = await at(proxy.bootstrapServers)
    const partitionData = [{ index: 0, records: [batchOf(3)] }]
    client.post(Produce, 9, { acks: 0, timeoutMs: 1000, topicData: [{ name: 'orders', partitionData }] })
    client.stream.end()
    await cluster.waitUntil(() => cluster.partition('orders', 0).logEndOffset === 3)
  })

  test('closes a connection when upstream does, and when upstream dies', async () => {
    await using cluster = await KafkaCluster.start()
    await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    const idle = await at(proxy.bootstrapServers)
    await idle.send(Metadata, 1, { topics: [] })
    const closed = closeOf(idle)
    await cluster.broker(1).kill()
    await closed
    await cluster.broker(1).start()
    const again = await at(proxy.bootstrapServers)
    expect((await again.send(Metadata, 1, { topics: [] })).brokers).toHaveLength(1)
    again.close()
  })

  test('refuses who connects while upstream does, and lets them in again when upstream does', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2 })
    await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    await cluster.broker(1).kill()
    // Whoever comes first finds out.
    await expect(fateAt(proxy.bootstrapServers)).resolves.toBe('ECONNRESET')
    await expect(fateAt(proxy.bootstrapServers)).resolves.toBe('ECONNREFUSED')
    // The other broker is there, and tells what is there of the first one too.
    const other = await at(proxy.bootstrapServers.slice(1))
    expect((await other.send(Metadata, 1, { topics: [] })).brokers.map(({ nodeId }) => nodeId)).toEqual([2])
    other.close()
    await cluster.broker(1).start()
    let client: WireClient | undefined
    while (client === undefined) client = await at(proxy.bootstrapServers).catch(() => undefined)
    const { brokers } = await client.send(Metadata, 1, { topics: [] })
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(proxy.bootstrapServers)
    client.close()
  })

  test('lets go of a port at which it refuses, and waits for a broker no more, when it is stopped', async () => {
    await using cluster = await KafkaCluster.start()
    const proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    await cluster.broker(1).kill()
    await expect(fateAt(proxy.bootstrapServers)).resolves.toBe('ECONNRESET')
    await proxy.stop()
    await cluster.broker(1).start()
    await expect(fateAt(proxy.bootstrapServers)).resolves.toBe('ECONNREFUSED')
  })

  test('resets a connection that upstream resets', async () => {
    await using upstream = await ScriptedUpstream.start()
    await using proxy = await KafkaProxy.start({ upstream: upstream.address })
    const reasons = new Promise((resolve) => proxy.events.on('connection:close', ({ reason }) => resolve(reason)))
    upstream.script = (_, socket) => {
      socket.resetAndDestroy()
      return undefined
    }
    const client = await at(proxy.bootstrapServers)
    await expect(client.send(Metadata, 1, { topics: [] })).rejects.toThrow('the connection was closed')
    expect(await reasons).toContain('ECONNRESET')
  })

  test('listens in front of brokers that show up', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 1 })
    await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    const client = await at(proxy.bootstrapServers)
    await cluster.addBroker({ nodeId: 5 })
    const { brokers } = await client.send(Metadata, 1, { topics: [] })
    expect(brokers.map(({ nodeId }) => nodeId)).toEqual([1, 5])
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(proxy.bootstrapServers)
    const fifth = await at(proxy.bootstrapServers.slice(1))
    expect((await fifth.send(Metadata, 1, { topics: [] })).brokers).toEqual(brokers)
    client.close()
    fifth.close()
  })

  test('stands before another proxy, and each has its own listeners', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2 })
    await using inner = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    await using outer = await KafkaProxy.start({ upstream: inner.bootstrapServers })
    const client = await at(outer.bootstrapServers)
    const { brokers } = await client.send(Metadata, 12, { topics: [] })
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(outer.bootstrapServers)
    expect(outer.brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(inner.bootstrapServers)
    client.close()
  })

  test('has one listener for a broker however many of its addresses are given', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2 })
    const [first, second] = cluster.bootstrapServers as [string, string]
    const other = first.replace('127.0.0.1', 'localhost')
    await using proxy = await KafkaProxy.start({ upstream: `${other}, ${first}, ${second}` })
    expect(proxy.bootstrapServers).toHaveLength(2)
    const client = await at(proxy.bootstrapServers)
    expect((await client.send(Metadata, 1, { topics: [] })).brokers).toHaveLength(2)
    expect(proxy.bootstrapServers).toHaveLength(2)
    client.close()
  })

  test('ends every connection when it is stopped, and can be stopped twice', async () => {
    await using cluster = await KafkaCluster.start()
    const proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    const client = await at(proxy.bootstrapServers)
    await client.send(Metadata, 1, { topics: [] })
    const closed = closeOf(client)
    await Promise.all([proxy.stop(), proxy.stop()])
    await closed
    await expect(at(proxy.bootstrapServers)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('what clients are told that upstream serves', () => {
  const versions = {
    apiKeys: [
      { apiKey: 0, minVersion: 3, maxVersion: 99 },
      { apiKey: 3, minVersion: 0, maxVersion: 99 },
      { apiKey: 8, minVersion: 0, maxVersion: 99 },
      { apiKey: 18, minVersion: 0, maxVersion: 99 },
      { apiKey: 999, minVersion: 0, maxVersion: 1 },
    ],
    supportedFeatures: [{ name: 'metadata.version', minVersion: 1, maxVersion: 99 }],
    unknownTaggedFields: [{ tag: 77, data: Buffer.from('kept') }],
  }

  test.each([
    ['pass', { 0: Produce.versions.max, 3: Metadata.versions.max, 8: 99, 18: 99, 999: 1 }],
    ['hide', { 0: Produce.versions.max, 3: Metadata.versions.max, 8: 10, 18: ApiVersions.versions.max }],
  ] as const)('is no more than can be seen through, with onUnknownApi: %s', async (onUnknownApi, expected) => {
    await using upstream = await ScriptedUpstream.start()
    await using proxy = await KafkaProxy.start({ upstream: upstream.address, onUnknownApi })
    const client = await at(proxy.bootstrapServers)
    upstream.script = (frame) => Buffer.concat(encodeResponse(ApiVersions, 4, frame.readInt32BE(4), versions))
    const answer = await client.send(ApiVersions, 4, {})
    expect(Object.fromEntries(answer.apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion]))).toEqual(expected)
    expect(answer).toMatchObject({
      supportedFeatures: versions.supportedFeatures,
      unknownTaggedFields: versions.unknownTaggedFields,
    })
    client.close()
  })

  test('is told to whoever asks in a version of ApiVersions that is not known', async () => {
    await using cluster = await KafkaCluster.start()
    await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    const client = await at(proxy.bootstrapServers)
    const frame = await client.exchangeFrame(Buffer.from([0, 18, 0, 90, 0, 0, 0, 9, 255, 255]))
    const { errorCode, apiKeys } = ApiVersions.response.decode(frame, 0, 4)
    expect({ errorCode, apiKeys }).toEqual({ errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 5 }] })
    expect(frame.readInt32BE(0)).toBe(9)
    client.close()
  })

  test('is held to: a version that tells addresses and is not known ends the connection', async () => {
    await using upstream = await ScriptedUpstream.start()
    await using proxy = await KafkaProxy.start({ upstream: upstream.address })
    const reasons = new Promise((resolve) => proxy.events.on('connection:close', ({ reason }) => resolve(reason)))
    const client = await at(proxy.bootstrapServers)
    await expect(client.exchangeFrame(Buffer.from([0, 3, 0, 90, 0, 0, 0, 9, 255, 255]))).rejects.toThrow('closed')
    expect(await reasons).toContain('Metadata v90')
    expect(upstream.received).toEqual([])
  })

  test('passes through where it is not known and tells no addresses, with any bytes', async () => {
    await using upstream = await ScriptedUpstream.start()
    await using proxy = await KafkaProxy.start({ upstream: upstream.address })
    const client = await at(proxy.bootstrapServers)
    const request = Buffer.from([3, 231, 0, 90, 0, 0, 0, 9, 1, 2, 3])
    const answer = Buffer.from([0, 0, 0, 9, 4, 5, 6])
    upstream.script = () => framed(answer)
    expect(await client.exchangeFrame(request)).toEqual(answer)
    expect(upstream.received).toEqual([request])
    client.close()
  })
})

describe('SASL', () => {
  test('goes through, and upstream need not tell of brokers before', async () => {
    await using upstream = await ScriptedUpstream.start()
    upstream.wantsSasl = true
    await using proxy = await KafkaProxy.start({ upstream: upstream.address })
    expect(proxy.clusterId).toBeUndefined()
    const client = await at(proxy.bootstrapServers)
    upstream.script = (frame) => {
      if (frame.readInt16BE(0) === SaslHandshake.key) {
        return Buffer.concat(encodeResponse(SaslHandshake, 0, frame.readInt32BE(4), { mechanisms: ['PLAIN'] }))
      }
      if (frame.readInt16BE(0) !== Metadata.key) return framed(Buffer.alloc(0))
      const brokers = [{ nodeId: 7, host: '127.0.0.1', port: upstream.port }]
      return Buffer.concat(encodeResponse(Metadata, 1, frame.readInt32BE(4), { brokers }))
    }
    await client.send(SaslHandshake, 0, { mechanism: 'PLAIN' })
    // Before KIP-152 tokens came without a header.
    const token = Buffer.from('\0alice\0secret')
    expect(await client.exchangeFrame(token)).toEqual(Buffer.alloc(0))
    expect(upstream.received.at(-1)).toEqual(token)
    const { brokers } = await client.send(Metadata, 1, { topics: [] })
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(proxy.bootstrapServers)
    expect(proxy.brokers).toMatchObject([{ nodeId: 7 }])
    client.close()
  })
})

describe('upstream', () => {
  test('that is down is one clear error', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const started = KafkaProxy.start({ upstream: `127.0.0.1:${port}` })
    await expect(started).rejects.toThrow(UpstreamError)
    await expect(started).rejects.toThrow(`upstream 127.0.0.1:${port} cannot be reached: connect ECONNREFUSED`)
  })

  test('of which one address is down is found by the other', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2 })
    await cluster.broker(1).kill()
    await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    expect(proxy.clusterId).toBe(cluster.clusterId)
  })

  test('that is no Kafka, or says nothing, is one clear error', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const silent = createServer(() => {})
    for (const one of [server, silent]) await once(one.listen(0, '127.0.0.1'), 'listening')
    const [http, mute] = [server, silent].map((one) => `127.0.0.1:${(one.address() as { port: number }).port}`)
    await expect(KafkaProxy.start({ upstream: http as string })).rejects.toThrow('does not answer as a broker of Kafka')
    const late = KafkaProxy.start({ upstream: mute as string, startTimeout: 20 })
    await expect(late).rejects.toThrow(`upstream ${mute} has not answered within 20 ms`)
    server.close()
    silent.close()
  })

  test('of two clusters is one clear error', async () => {
    await using one = await KafkaCluster.start({ seed: 1 })
    await using other = await KafkaCluster.start({ seed: 2 })
    const upstream = [...one.bootstrapServers, ...other.bootstrapServers]
    await expect(KafkaProxy.start({ upstream })).rejects.toThrow('the addresses of upstream are of several clusters')
  })

  test.each([
    [{ upstream: 'localhost' }, "upstream: is 'host:port'"],
    [{ upstream: [] }, "upstream: is 'host:port'"],
    [{ upstream: 'localhost:99999' }, 'upstream'],
    [{ upstream: 'localhost:9092', port: -1 }, 'port: is a whole number'],
    [{ upstream: 'localhost:9092', onUnknownApi: 'keep' }, "onUnknownApi: is 'pass' or 'hide'"],
    [{ upstream: 'localhost:9092', waitTimeout: '2 s' }, 'waitTimeout: is a number of ms from 0 on'],
    [{ upstream: 'localhost:9092', settleTime: -1 }, 'settleTime: is a number of ms from 0 on'],
    [{ upsteam: 'localhost:9092' }, "KafkaProxy.start: there is no 'upsteam', upstream is meant?"],
  ])('named wrongly is one clear error: %j', async (options, message) => {
    await expect(KafkaProxy.start(options as never)).rejects.toThrow(message)
  })
})

test('what is no Kafka at the door of a proxy is told so in the reason of its end', async () => {
  await using cluster = await KafkaCluster.start()
  await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
  const reasons = new Promise((resolve) => proxy.events.on('connection:close', ({ reason }) => resolve(reason)))
  const [host, port] = (proxy.bootstrapServers[0] as string).split(':')
  const socket = connect(Number(port), host)
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\n\r\n')
  expect(await reasons).toContain('looks like HTTP')
})
