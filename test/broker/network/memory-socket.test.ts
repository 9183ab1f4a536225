import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
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

  test('ends for both when one end is destroyed', async () => {
    const [client, server] = MemorySocket.pair()
    server.resume()
    client.destroy()
    await once(server, 'close')
    expect(server.destroyed).toBe(true)
  })
})
