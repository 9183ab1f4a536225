import { once } from 'node:events'
import { type AddressInfo, connect, createServer, Socket } from 'node:net'
import { expect, test } from 'vitest'
import { readingTo } from '../../src/proxy/accepted.ts'

test('a socket that was accepted reads into the buffers that it is given, and its listener need not wait for it', async () => {
  const buffers = new Set<Buffer>()
  const read: string[] = []
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  const socket = readingTo(accepted, {
    buffer: () => {
      const buffer = Buffer.alloc(10)
      buffers.add(buffer)
      return buffer
    },
    callback: (length, buffer) => {
      expect(buffers).toContain(buffer)
      read.push(Buffer.from(buffer).toString('latin1', 0, length))
      return true
    },
  })
  expect(socket).not.toBe(accepted)
  await new Promise((resolve) => server.close(resolve))
  socket.resume()
  socket.write('hello')
  expect(String((await once(client, 'data'))[0])).toBe('hello')
  client.end('what a client says, in more than one buffer')
  await once(socket, 'end')
  expect(read.join('')).toBe('what a client says, in more than one buffer')
  expect(read.length).toBeGreaterThan(1)
  socket.destroy()
})

test('a socket that Node.js has no such handle beneath is left as it is', () => {
  const socket = new Socket()
  expect(readingTo(socket, { buffer: Buffer.alloc(1), callback: () => true })).toBe(socket)
})
