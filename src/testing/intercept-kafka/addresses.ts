import { inspect } from 'node:util'
import { type HostPort, hostPortOf } from '../../protocol/host-port.ts'

/** Ports that mean Kafka: its own habit (9092), those of TLS and SASL listeners (Amazon MSK's among them), and those of compose files. */
const KAFKA_PORTS: ReadonlySet<number> = new Set([
  9092, 9093, 9094, 9095, 9096, 9098, 9192, 9292, 19092, 29092, 39092, 49092,
])
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])

/** `host:port`, the same for every way to write a host; loopback names are one host. */
export function keyOf({ host, port }: HostPort): string {
  const name = host.toLowerCase().replace(/\.$/, '')
  return `${LOOPBACK_NAMES.has(name) ? 'localhost' : name}:${port}`
}

/** @throws TypeError for what is no `host:port` */
export function parseAddress(text: string): HostPort {
  const address = hostPortOf(text)
  if (address !== undefined) return address
  throw new TypeError(`interceptKafka wants addresses such as 'kafka-1.internal:9092', not ${inspect(text)}`)
}

/** The address of a connection that is being opened; undefined for one that has none, such as a Unix socket's. */
export function dialledAddress(options: { host?: unknown; port?: unknown; path?: unknown }): HostPort | undefined {
  const { host, path } = options
  const port = Number(options.port)
  if ((typeof path === 'string' && path !== '') || !Number.isInteger(port) || port <= 0) return undefined
  return { host: typeof host === 'string' && host !== '' ? host : 'localhost', port }
}

/** Whether there is likely to be Kafka at an address: by its port, which is one of Kafka's or that of an address that was listed. */
export function looksLikeKafka({ port }: HostPort, listed: Iterable<HostPort>): boolean {
  return KAFKA_PORTS.has(port) || [...listed].some((one) => one.port === port)
}
