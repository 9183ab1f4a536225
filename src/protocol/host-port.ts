/** Where a broker is, as clients are told. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

const HIGHEST_PORT = 65_535

/** `host:port`; an IPv6 address stands in brackets. */
export function hostPortText({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Reads `host:port`; an IPv6 address stands in brackets. Undefined for anything else. */
export function hostPortOf(text: unknown): HostPort | undefined {
  const match = /^(?:\[([^\]\s]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(typeof text === 'string' ? text.trim() : '')
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port === 0 || port > HIGHEST_PORT ? undefined : { host, port }
}
