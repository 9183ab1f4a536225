import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { type Duplex, PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newConfig } from '../../../src/client/config/config.ts'
import { openStream, whenOpen } from '../../../src/client/network/dial.ts'

const never = new AbortController().signal

describe('a stream to a broker', () => {
  let server: Server
  let port: number
  const opened: Duplex[] = []

  beforeEach(async () => {
    server = createServer((socket) => socket.pipe(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })

  afterEach(async () => {
    for (const stream of opened.splice(0)) stream.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  function open(config = newConfig(), host = '127.0.0.1', signal = never): Duplex {
    const stream = openStream(config, host, port, signal)
    opened.push(stream)
    return stream
  }

  it('is TCP unless another way is given', async () => {
    const stream = open()
    await whenOpen(stream, never)
    stream.write('hello')
    const [echo] = await once(stream, 'data')
    expect(String(echo)).toBe('hello')
  })

  it('finds a broker by its name', async () => {
    const stream = open(newConfig(), 'localhost')
    await expect(whenOpen(stream, never)).resolves.toBeUndefined()
  })

  it('says why nobody answers', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port: nobody } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const stream = openStream(newConfig(), '127.0.0.1', nobody, never)
    await expect(whenOpen(stream, never)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('is whatever the dialer opens, at the host and port that are asked for', async () => {
    const asked: unknown[] = []
    const dial = (host: string, port: number, { signal }: { signal: AbortSignal }): Duplex => {
      asked.push(host, port, signal.aborted)
      return new PassThrough()
    }
    const stream = openStream(newConfig({ net: { dial } }), 'broker-1', 9092, never)
    await whenOpen(stream, never)
    expect(asked).toEqual(['broker-1', 9092, false])
  })

  it('of a dialer is waited for while it connects', async () => {
    const stream = open(newConfig({ net: { dial: (host, port) => connect(port, host) } }))
    await whenOpen(stream, never)
    expect(stream).toMatchObject({ connecting: false })
  })

  it('that was destroyed before it was open says why', async () => {
    const dial = (): Duplex => {
      const stream = new PassThrough()
      stream.on('error', () => {})
      return stream.destroy(new Error('no way there'))
    }
    await expect(whenOpen(openStream(newConfig({ net: { dial } }), 'a', 1, never), never)).rejects.toThrow(
      'no way there',
    )
  })

  it('leaves no listeners behind, whether it opens, fails or is given up', async () => {
    const good = open()
    const before = good.eventNames()
    await whenOpen(good, never)
    expect(good.eventNames()).toEqual(before)

    const controller = new AbortController()
    const abandoned = open()
    const opening = whenOpen(abandoned, controller.signal)
    controller.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    expect(abandoned.eventNames()).toEqual(before)
    expect(abandoned.destroyed).toBe(true)
  })

  it('is not opened by one who has given up already', () => {
    expect(() => open(newConfig(), '127.0.0.1', AbortSignal.abort(new Error('enough')))).toThrow('enough')
  })
})
