import { createServer, type Server, type Socket } from 'node:net'

/** The two loopback addresses that the name `localhost` may mean to a client. */
const LOOPBACK = ['127.0.0.1', '::1']

/** Ports that are free in one address family may be taken in the other; then another free one is tried. */
const FREE_PORT_TRIES = 20

/** How a node begins to listen, at first and each time it starts again. */
export type OpenListener = (host: string, port: number) => Promise<Listener>

/** One node's TCP listener. On a loopback host it listens on both families, so that `localhost` works however it resolves. */
export class Listener {
  readonly host: string
  readonly port: number
  private readonly servers: readonly Server[]
  private readonly lobby: Lobby

  private constructor(host: string, port: number, servers: readonly Server[], lobby: Lobby) {
    this.host = host
    this.port = port
    this.servers = servers
    this.lobby = lobby
  }

  /**
   * Begins to listen. Clients that connect wait until `serve` says what becomes of them.
   * @param host an address or a name of this machine
   * @param port 0 for any free one
   * @param refuse gets every client in place of whoever serves
   * @throws Node's system error, with `code` EADDRINUSE, EADDRNOTAVAIL, ENOTFOUND or EACCES
   */
  static async open(host: string, port: number, refuse?: (socket: Socket) => void): Promise<Listener> {
    const lobby = new Lobby(refuse)
    if (host !== 'localhost' && !LOOPBACK.includes(host)) {
      const server = await listen(host, port, lobby)
      return new Listener(host, portOf(server), [server], lobby)
    }
    const [first, second] = host === '::1' ? ['::1', '127.0.0.1'] : ['127.0.0.1', '::1']
    for (let left = FREE_PORT_TRIES; ; left--) {
      const server = await listen(first, port, lobby)
      try {
        const sibling = await listen(second, portOf(server), lobby)
        return new Listener(host, portOf(server), [server, sibling], lobby)
      } catch (error) {
        // A machine without IPv6 has but one loopback address.
        if (isNoSuchAddress(error)) return new Listener(host, portOf(server), [server], lobby)
        await close(server)
        if (port !== 0 || left === 0) throw error
      }
    }
  }

  /** One that has an address and no socket: whoever connects does so in memory. */
  static inMemory(host: string, port: number): Listener {
    return new Listener(host, port, [], new Lobby())
  }

  /** Hands every client that connected, or will, to `accept`. */
  serve(accept: (socket: Socket) => void): void {
    this.lobby.open(accept)
  }

  /** Stops listening. Connections are their owner's to close. */
  async close(): Promise<void> {
    this.lobby.close()
    await Promise.all(this.servers.map(close))
  }
}

/** Where clients wait that connect before there is anyone to serve them. */
class Lobby {
  private waiting: Socket[] = []
  private accept: (socket: Socket) => void = (socket) => {
    this.waiting.push(socket)
  }

  readonly enter: (socket: Socket) => void

  constructor(refuse?: (socket: Socket) => void) {
    this.enter = refuse ?? ((socket) => this.accept(socket))
  }

  open(accept: (socket: Socket) => void): void {
    this.accept = accept
    for (const socket of this.waiting) accept(socket)
    this.waiting = []
  }

  close(): void {
    this.open((socket) => socket.destroy())
  }
}

function listen(host: string, port: number, lobby: Lobby): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, lobby.enter)
    server.once('error', reject)
    // Only the two loopback addresses are listened on one by one: `::` alone means both families.
    server.listen({ host, port, ipv6Only: LOOPBACK.includes(host) }, () => {
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
