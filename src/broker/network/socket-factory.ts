import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { MemorySocket } from './memory-socket.ts'

/** As Linux numbers it. */
const ECONNREFUSED = -111

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

/** Opens a connection in memory to an address; it is refused, by an error of the stream, where nobody listens. */
export type Dial = (host: string, port: number) => Duplex

/** @param connect a connection to the broker with that address; undefined when there is none, and an error while it takes no connections */
export function dialer(connect: (host: string, port: number) => Duplex | undefined): Dial {
  const connectIfListening = (host: string, port: number): Duplex | undefined => {
    try {
      return connect(host, port)
    } catch {
      return undefined
    }
  }
  return (host, port) => connectIfListening(host, port) ?? refused(host, port)
}

export function socketFactory(dial: Dial): SocketFactory {
  return ({ host, port, onConnect }) => {
    // Clients call nothing on it that a MemorySocket does not have.
    return dial(host, port).once('connect', onConnect) as Socket
  }
}

/** What a connection to an address where nobody listens looks like. */
function refused(host: string, port: number): Duplex {
  return MemorySocket.refused(connectionRefused(host, port))
}

/** The error of a connection to an address where nobody listens, as Node.js has it. */
export function connectionRefused(host: string, port: number): NodeJS.ErrnoException {
  const error = new Error(`connect ECONNREFUSED ${host}:${port}`)
  return Object.assign(error, { code: 'ECONNREFUSED', errno: ECONNREFUSED, syscall: 'connect', address: host, port })
}
