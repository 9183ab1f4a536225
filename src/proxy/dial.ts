import { connect, type OnReadOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { HostPort } from '../protocol/host-port.ts'

/**
 * Opens a connection to upstream. What is written before it is there waits.
 * @param onread where it reads to, where it is in plain text; then it has no `data` events
 */
export type Dial = (address: HostPort, onread?: OnReadOpts) => Socket

/** @param tls undefined: in plain text */
export function dialler(tls: ConnectionOptions | undefined): Dial {
  if (tls === undefined) {
    return ({ host, port }, onread) => connect({ host, port, noDelay: true, ...(onread && { onread }) })
  }
  return ({ host, port }) => {
    // An address cannot be told to a server by name (RFC 6066).
    const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
    const socket = connectTls({ ...servername, ...tls, host, port })
    socket.setNoDelay(true)
    return socket
  }
}
