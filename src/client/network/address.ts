import { ConfigurationError } from '../errors/client-errors.ts'

/** Where a broker is. */
export interface Address {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** `host:port`; an IPv6 address stands in brackets. */
export function addrOf({ host, port }: Pick<Address, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Reads `host:port`; an IPv6 address stands in brackets. @throws ConfigurationError */
export function addressOf(addr: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(typeof addr === 'string' ? addr.trim() : '')
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65_535)
    throw new ConfigurationError(`${addr} is no address of a broker, host:port`)
  return { id: -1, host: (match[1] ?? match[2]) as string, port, rack: null }
}
