import { isIP, type TcpNetConnectOpts } from 'node:net'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/**
 * TLS to a broker, whose certificate must be for `host` unless `config` says otherwise (`servername`, `checkServerIdentity`,
 * `rejectUnauthorized`).
 *
 * @param below the stream that TLS runs on, or where a TCP connection leads
 */
export function secured(config: ConnectionOptions, host: string, below: Duplex | TcpNetConnectOpts): TLSSocket {
  // RFC 6066: an address is no server name.
  const named = { ...(isIP(host) === 0 && { servername: host }), ...config, host }
  if (!(below instanceof Duplex)) return connect({ ...named, ...below })
  const stream = connect({ ...named, socket: below })
  // TLS does not hear of all that happens to a stream that is no socket, nor lets go of it in every case.
  below.on('error', (error) => stream.destroy(error))
  below.on('close', () => stream.destroy())
  stream.on('close', () => below.destroy())
  return stream
}
