import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { portsFrom } from '../../../conformance/kafka/ports.ts'

describe('ports', () => {
  test('are side by side, below those that the system lends out, and free', async () => {
    const ports = await portsFrom(undefined, 6)
    expect(ports).toEqual(ports.map((_, i) => (ports[0] as number) + i))
    expect(Math.max(...ports)).toBeLessThan(32_768)
    const server = createServer().listen(ports[0], '127.0.0.1')
    await once(server, 'listening')
    server.close()
  })

  test('that are asked for and in use are named', async () => {
    const server = createServer().listen((await portsFrom(undefined, 2))[1], '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await expect(portsFrom(port - 1, 2)).rejects.toThrow(`the port ${port} is in use`)
    server.close()
  })
})
