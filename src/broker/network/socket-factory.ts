import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { MemorySocket } from './memory-socket.ts'

/** What kafkajs hands to a `socketFactory`. */
export interface SocketFactoryArgs {
  readonly host: string
  readonly port: number
  /** TLS options; a connection in memory has no use for them. */
  readonly ssl?: unknown
  readonly onConnect: () => void
}

/** kafkajs's `socketFactory`: connections to the cluster without sockets. */
export type SocketFactory = (args: SocketFactoryArgs) => Socket

/** @param connect a connection to the broker with that address; undefined when there is none, and an error while it takes no connections */
export function socketFactory(connect: (host: string, port: number) => Duplex | undefined): SocketFactory {
  const connectIfListening = (host: string, port: number): Duplex | undefined => {
    try {
      return connect(host, port)
    } catch {
      return undefined
    }
  }
  return ({ host, port, onConnect }) => {
    const stream = connectIfListening(host, port)
    if (stream === undefined) return refused(host, port)
    process.nextTick(onConnect)
    // kafkajs calls nothing on it that a MemorySocket does not have.
    return stream as Socket
  }
}

/** What a connection to an address where nobody listens looks like. */
function refused(host: string, port: number): Socket {
  const error: NodeJS.ErrnoException = new Error(`connect ECONNREFUSED ${host}:${port}`)
  error.code = 'ECONNREFUSED'
  const [stream] = MemorySocket.pair()
  process.nextTick(() => stream.destroy(error))
  return stream as Duplex as Socket
}
