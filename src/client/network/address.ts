import { type HostPort, hostPortOf } from '../../protocol/host-port.ts'
import { ConfigurationError } from '../errors/client-errors.ts'

/** Where a broker is. */
export interface Address extends HostPort {
  readonly id: number
  readonly rack: string | null
}

/** Reads `host:port`; an IPv6 address stands in brackets. @throws ConfigurationError */
export function addressOf(addr: string): Address {
  const address = hostPortOf(addr)
  if (address === undefined) throw new ConfigurationError(`${addr} is no address of a broker, host:port`)
  return { id: -1, ...address, rack: null }
}
