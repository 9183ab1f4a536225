import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MemorySocket } from '../../../src/broker/network/memory-socket.ts'

describe('a connection in memory', () => {
  test('carries what one end writes to the other, in order', async () => {
    const [client, server] = MemorySocket.pair()
    client.write('one ')
    client.cork()
    client.write('two ')
    client.write('three')
    client.uncork()
    client.end()
    expect((await buffer(server)).toString()).toBe('one two three')
  })

  test('delivers nothing before the write has returned', async () => {
    const [client, server] = MemorySocket.pair()
    let returned = false
    const arrived = new Promise<boolean>((resolve) => server.on('data', () => resolve(returned)))
    client.write('bytes')
    returned = true
    expect(await arrived).toBe(true)
  })

  test('gives the other end bytes of its own', async () => {
    const [client, server] = MemorySocket.pair()
    const bytes = Buffer.from('kept')
    client.write(bytes)
    const [received] = (await once(server, 'data')) as [Buffer]
    bytes.fill(0)
    expect(received.toString()).toBe('kept')
  })

  test('slows down a writer whose reader does not read', async () => {
    const [client, server] = MemorySocket.pair()
    const chunk = Buffer.alloc(64 * 1024)
    let written = 0
    while (client.write(chunk)) written++
    // What was let through fills the buffers of the two ends, and no more.
    expect(written).toBeLessThan(10)
    let drained = false
    client.once('drain', () => {
      drained = true
    })
    await new Promise((resolve) => process.nextTick(resolve))
    expect(drained).toBe(false)
    server.resume()
    await once(client, 'drain')
  })

  test('lets go of its listeners when all of them have heard that it is closed', async () => {
    const [client, server] = MemorySocket.pair()
    const heard: string[] = []
    for (const end of [client, server]) {
      end.on('data', () => {})
      end.on('close', () => heard.push('first'))
      end.on('close', () => heard.push('last'))
    }
    client.destroy()
    await once(server, 'close')
    expect(heard).toEqual(['first', 'last', 'first', 'last'])
    expect([client.eventNames(), server.eventNames()]).toEqual([[], []])
  })

  test('ends for both when one end is destroyed', async () => {
    const [client, server] = MemorySocket.pair()
    server.resume()
    client.destroy()
    await once(server, 'close')
    expect(server.destroyed).toBe(true)
  })
})

const connected = async (): Promise<[MemorySocket, MemorySocket]> => {
  const pair = MemorySocket.pair({ server: { host: '127.0.0.1', port: 9092 }, clientPort: 50_000 })
  await once(pair[0], 'connect')
  return pair
}

describe('a connection in memory is a socket', () => {
  test('that connects in a later turn, and then is ready', async () => {
    const [client, server] = MemorySocket.pair()
    const heard: string[] = []
    for (const event of ['connect', 'ready'] as const)
      client.on(event, () => heard.push(`${event} ${client.readyState}`))
    expect([client.connecting, client.pending, client.readyState]).toEqual([true, true, 'opening'])
    expect([server.connecting, server.pending, server.readyState]).toEqual([false, false, 'open'])
    await once(client, 'ready')
    expect(heard).toEqual(['connect open', 'ready open'])
    expect([client.connecting, client.pending]).toEqual([false, false])
  })

  test('whose early bytes arrive once it is connected', async () => {
    const [client, server] = MemorySocket.pair()
    const heard: string[] = []
    client.on('connect', () => heard.push('connect'))
    server.on('data', (bytes) => heard.push(String(bytes)))
    client.end('early')
    await once(server, 'end')
    expect(heard).toEqual(['connect', 'early'])
  })

  test('with an address at each end, which the other end sees', async () => {
    const [client, server] = await connected()
    expect(client.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port: 50_000 })
    expect([client.remoteAddress, client.remotePort, client.remoteFamily]).toEqual(['127.0.0.1', 9092, 'IPv4'])
    expect([server.remoteAddress, server.remotePort]).toEqual([client.localAddress, client.localPort])
    expect([server.localAddress, server.localPort, server.localFamily]).toEqual(['127.0.0.1', 9092, 'IPv4'])
    const [six] = MemorySocket.pair({ server: { host: '::1', port: 1 } })
    expect([six.localFamily, six.remoteAddress]).toEqual(['IPv6', '::1'])
  })

  test('that takes what is said of delays, keep-alives and the process', async () => {
    const [client] = await connected()
    expect(client.setNoDelay().setKeepAlive().ref().unref()).toBe(client)
  })

  test('that counts its bytes, those that wait among them', async () => {
    const [client, server] = await connected()
    client.write('four')
    expect(client.bytesWritten).toBe(4)
    client.cork()
    client.write('and')
    client.write('more')
    expect(client.bytesWritten).toBe(11)
    client.uncork()
    client.end()
    await buffer(server)
    expect([client.bytesWritten, server.bytesRead, client.bytesRead]).toEqual([11, 11, 0])
  })

  test('that is half-closed: what the other end still has to say is heard', async () => {
    const [client, server] = await connected()
    server.allowHalfOpen = true
    client.end('question')
    const [question] = await once(server, 'data')
    await once(server, 'end')
    expect(String(question)).toBe('question')
    expect([client.readyState, server.readyState]).toEqual(['readOnly', 'writeOnly'])
    server.end('answer')
    expect(String(await buffer(client))).toBe('answer')
    expect([client.readyState, server.readyState]).toEqual(['closed', 'closed'])
  })

  test('that ends itself when the other end does, unless it may be half open', async () => {
    const [client, server] = await connected()
    client.resume()
    server.resume().end()
    await Promise.all([once(client, 'close'), once(server, 'close')])
    expect(client.writableFinished).toBe(true)
  })

  test('that is reset: the other end hears ECONNRESET, and this one no error', async () => {
    const [client, server] = await connected()
    client.on('error', () => expect.unreachable())
    const failed = once(server, 'error')
    client.resetAndDestroy()
    const [error] = await failed
    expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET' })
    expect([client.destroyed, server.destroyed]).toEqual([true, true])
  })

  test('that hears EPIPE when it goes on writing to an end that is gone', async () => {
    const [client, server] = await connected()
    client.allowHalfOpen = true
    server.destroy()
    await once(client.resume(), 'end')
    client.write('anyone?')
    const [error] = await once(client, 'error')
    expect(error).toMatchObject({ code: 'EPIPE', syscall: 'write' })
  })

  test('that is destroyed soon: once all that was written has left', async () => {
    const [client, server] = await connected()
    client.write('the last word')
    client.destroySoon()
    expect(client.destroyed).toBe(false)
    expect(String(await buffer(server))).toBe('the last word')
    expect(client.destroyed).toBe(true)
  })

  test('that pipes what is larger than its buffers through a reader who comes late', async () => {
    const [client, server] = await connected()
    const bytes = Buffer.alloc(1_000_000, 'abc')
    const sent = once(client.end(bytes), 'finish')
    expect((await buffer(server)).equals(bytes)).toBe(true)
    await sent
  })
})

describe('a connection in memory that is idle', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('says so, by the timers of whoever asked, and goes on', async () => {
    const [client, server] = await connected()
    let idle = 0
    client.setTimeout(100).on('timeout', () => idle++)
    expect(client.timeout).toBe(100)
    await vi.advanceTimersByTimeAsync(99)
    client.write('busy')
    await vi.advanceTimersByTimeAsync(99)
    server.write('busy')
    await vi.advanceTimersByTimeAsync(99)
    expect(idle).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect([idle, client.destroyed]).toEqual([1, false])
    await vi.advanceTimersByTimeAsync(1000)
    expect(idle).toBe(1)
  })

  test('no longer says so when it is told not to, and when it is closed', async () => {
    const [client] = await connected()
    const idle = vi.fn()
    client.setTimeout(100, idle)
    client.setTimeout(0, idle)
    await vi.advanceTimersByTimeAsync(1000)
    client.setTimeout(100, idle).destroy()
    expect(vi.getTimerCount()).toBe(0)
    expect(idle).not.toHaveBeenCalled()
    expect(client.setTimeout(100)).toBe(client)
    expect(() => MemorySocket.pair()[0].setTimeout(-1)).toThrow(RangeError)
  })
})
