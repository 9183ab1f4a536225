import { createServer, type Server, type Socket } from 'node:net'

/** What a listener does with a client that connects. */
export type Accept = (socket: Socket) => void

/** The two loopback addresses that the name `localhost` may mean to a client. */
const LOOPBACK = ['127.0.0.1', '::1']

/** Ports that are free in one address family may be taken in the other; then another free one is tried. */
const FREE_PORT_TRIES = 20

/** One node's TCP listener. On a loopback host it listens on both families, so that `localhost` works however it resolves. */
export class Listener {
  readonly host: string
  readonly port: number
  private readonly servers: readonly Server[]

  private constructor(host: string, port: number, servers: readonly Server[]) {
    this.host = host
    this.port = port
    this.servers = servers
  }

  /**
   * Begins to listen.
   * @param host an address or a name of this machine
   * @param port 0 for any free one
   * @throws Node's system error, with `code` EADDRINUSE, EADDRNOTAVAIL, ENOTFOUND or EACCES
   */
  static async open(host: string, port: number, accept: Accept): Promise<Listener> {
    if (host !== 'localhost' && !LOOPBACK.includes(host)) {
      const server = await listen(host, port, accept)
      return new Listener(host, portOf(server), [server])
    }
    const [first, second] = host === '::1' ? ['::1', '127.0.0.1'] : LOOPBACK
    for (let left = FREE_PORT_TRIES; ; left--) {
      const server = await listen(first as string, port, accept)
      try {
        const other = await listen(second as string, portOf(server), accept)
        return new Listener(host, portOf(server), [server, other])
      } catch (error) {
        // A machine without IPv6 has but one loopback address.
        if (isNoSuchAddress(error)) return new Listener(host, portOf(server), [server])
        await close(server)
        if (port !== 0 || left === 0) throw error
      }
    }
  }

  /** Stops listening. Connections are their owner's to close. */
  async close(): Promise<void> {
    await Promise.all(this.servers.map(close))
  }
}

function listen(host: string, port: number, accept: Accept): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, accept)
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: true }, () => {
      server.removeListener('error', reject)
      resolve(server)
    })
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a listener without a port')
  return address.port
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function isNoSuchAddress(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL'
}
