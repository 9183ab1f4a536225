/** What a proxy is measured by: Node.js carrying bytes to and fro, and looking at none of them: `pipe.ts <upstream>`. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { answer, processorTime } from '../worker.ts'

const upstream = process.argv[2] as string
const at = upstream.lastIndexOf(':')
const [host, port] = [upstream.slice(0, at), Number(upstream.slice(at + 1))]
const server = createServer({ noDelay: true }, (client) => {
  const broker = connect({ host, port, noDelay: true })
  for (const [one, other] of [
    [client, broker],
    [broker, client],
  ] as const) {
    one.pipe(other)
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
answer({ address: () => address, cpu: processorTime }, async () => {
  server.close()
  process.exit()
})
