import { once } from 'node:events'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { Duplex } from 'node:stream'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemorySocket } from '../../../src/broker/network/memory-socket.ts'
import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { openStream, whenOpen } from '../../../src/client/network/dial.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { decodeResponse, encodeRequest } from '../../../src/protocol/frame.ts'
import { ApiVersions } from '../../../src/protocol/messages/api-versions.ts'
import { selfSigned } from './certificate.ts'

const never = new AbortController().signal

describe('TLS to a broker', () => {
  const certificate = selfSigned()
  let cluster: KafkaCluster
  let server: Server
  let port: number
  const streams: Duplex[] = []
  const names: (string | false | undefined)[] = []

  beforeEach(async () => {
    cluster = await KafkaCluster.start()
    server = createServer(certificate, (socket) => {
      names.push(socket.servername as string | false | undefined)
      const broker = cluster.connect()
      socket.pipe(broker).pipe(socket)
      socket.on('error', () => broker.destroy())
      socket.on('close', () => broker.destroy())
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })

  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.destroy()
    names.splice(0)
    await new Promise((resolve) => server.close(resolve))
    await cluster.stop()
  })

  function open(options: ConfigOptions, host: string): Duplex {
    const stream = openStream(newConfig(options), host, port, never)
    streams.push(stream)
    return stream
  }

  /** Whether it is a broker that answers. */
  async function askVersions(stream: Duplex): Promise<number> {
    for (const slice of encodeRequest(ApiVersions, 0, { correlationId: 7, clientId: null }, {})) stream.write(slice)
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      let sofar = Buffer.alloc(0)
      stream.on('data', (chunk) => {
        sofar = Buffer.concat([sofar, chunk])
        if (sofar.length >= 4 && sofar.length >= 4 + sofar.readInt32BE(0)) resolve(sofar)
      })
      stream.on('error', reject)
    })
    return decodeResponse(ApiVersions, 0, bytes.subarray(4)).body.apiKeys.length
  }

  it('is spoken when the config says so, and tells the name that is meant', async () => {
    const stream = open({ net: { tls: { enable: true, config: { ca: certificate.cert } } } }, 'localhost')
    await whenOpen(stream, never)
    expect(stream as TLSSocket).toMatchObject({ authorized: true })
    await expect(askVersions(stream)).resolves.toBeGreaterThan(0)
    expect(names).toEqual(['localhost'])
  })

  it('takes an address for no name, but for what the certificate must be for', async () => {
    const stream = open({ net: { tls: { enable: true, config: { ca: certificate.cert } } } }, '127.0.0.1')
    await whenOpen(stream, never)
    expect(stream as TLSSocket).toMatchObject({ authorized: true })
    expect(names[0] || undefined).toBeUndefined()
  })

  it('runs on what a dialer opens', async () => {
    const dial = (_host: string, port: number): Duplex => connect(port, '127.0.0.1')
    const stream = open({ net: { dial, tls: { enable: true, config: { ca: certificate.cert } } } }, 'localhost')
    await whenOpen(stream, never)
    await expect(askVersions(stream)).resolves.toBeGreaterThan(0)
  })

  it('runs on a dialed stream that is no socket, and ends with it', async () => {
    const [below, other] = MemorySocket.pair()
    const dial = (_host: string, port: number): Duplex => {
      const socket = connect(port, '127.0.0.1')
      other.pipe(socket).pipe(other)
      return below
    }
    const stream = open({ net: { dial, tls: { enable: true, config: { ca: certificate.cert } } } }, 'localhost')
    await whenOpen(stream, never)
    await expect(askVersions(stream)).resolves.toBeGreaterThan(0)
    stream.destroy()
    await once(stream, 'close')
    expect(below.destroyed).toBe(true)
  })

  it('refuses a certificate that nobody it trusts has signed', async () => {
    const stream = open({ net: { tls: { enable: true } } }, 'localhost')
    await expect(whenOpen(stream, never)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  it('refuses a certificate that is for another', async () => {
    const config = { ca: certificate.cert, servername: 'broker.example' }
    const stream = open({ net: { tls: { enable: true, config } } }, 'localhost')
    await expect(whenOpen(stream, never)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  it.each([false, true])('fails when the other end hangs up in the handshake (dialed: %s)', async (dialed) => {
    const plain = createTcpServer((socket) => socket.destroy())
    plain.listen(0, '127.0.0.1')
    await once(plain, 'listening')
    const { port } = plain.address() as AddressInfo
    const dial = dialed ? (): Duplex => connect(port, '127.0.0.1') : null
    const stream = openStream(newConfig({ net: { dial, tls: { enable: true } } }), 'localhost', port, never)
    await expect(whenOpen(stream, never)).rejects.toThrow()
    expect(stream.destroyed).toBe(true)
    await new Promise((resolve) => plain.close(resolve))
  })

  it('over a dialed stream fails with the reason of that stream', async () => {
    const dial = (): Duplex => {
      const stream = new Duplex({
        read() {},
        write(_chunk, _encoding, done) {
          done()
        },
      })
      queueMicrotask(() => stream.destroy(new Error('no way there')))
      return stream
    }
    const stream = open({ net: { dial, tls: { enable: true } } }, 'localhost')
    await expect(whenOpen(stream, never)).rejects.toThrow('no way there')
  })
})
