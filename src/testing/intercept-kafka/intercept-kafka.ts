import { inspect } from 'node:util'
import { KafkaCluster } from '../../broker/cluster.ts'
import { connectionRefused } from '../../broker/network/socket-factory.ts'
import type { HostPort } from '../../protocol/host-port.ts'
import { dialledAddress, keyOf, looksLikeKafka, parseAddress } from './addresses.ts'
import { join } from './join.ts'
import { type ConnectionListener, type InterceptedConnection, socketInterceptor } from './socket-interceptor.ts'

/** How {@link interceptKafka} goes about it. */
export interface InterceptKafkaOptions {
  /**
   * What becomes of a connection to an address that looks like Kafka and is not listed: it is let through with a warning of the process, once
   * for each address (`warn`, the default), refused (`error`), or let through (`bypass`). An address looks like Kafka when its port is one of
   * 9092 to 9096, 9098, 9192, 9292, 19092, 29092, 39092, 49092, or that of an address that is listed.
   */
  readonly onUnhandledConnection?: 'warn' | 'error' | 'bypass'
}

/** What {@link interceptKafka} has begun. Whatever ends it, connections that are open end, and new ones go where they say. */
export interface KafkaInterception extends Disposable, AsyncDisposable {
  /** Until it is ended, or the cluster begins to stop. */
  readonly isActive: boolean
  end(): void
}

/** What every interception of ours says of itself to the others, by its listener. */
interface Ours {
  find(address: HostPort): boolean
  readonly listed: readonly HostPort[]
  readonly onUnhandledConnection: 'warn' | 'error' | 'bypass'
}

/** The same in every copy of memkafka. */
const OURS: unique symbol = Symbol.for('memkafka.interceptKafka')
type OurListener = ConnectionListener & { [OURS]: Ours }

const PENDING = 0

/**
 * Has code with fixed addresses reach a cluster, unchanged and without sockets: `net.connect` and `tls.connect` to these addresses, and to those
 * of the brokers themselves, in this process. With TLS nothing is encrypted and no certificate is looked at. Clients that come this way are told
 * that brokers are at these addresses (the first that leads to each); a broker that is not listed is where it is, and is reached all the same.
 *
 * ```ts
 * await using intercepted = await interceptKafka(cluster, { 'kafka-1.internal:9092': 1, 'kafka-2.internal:9092': 2 })
 * ```
 *
 * It works beside msw, whichever comes first. A client that brings its own sockets, as librdkafka does, is out of reach.
 *
 * @param addresses the node id of the broker that is to be found at each `host:port`; several may lead to one.
 * Left out: none but the brokers' own
 * @throws TypeError for what is no address; RangeError for a node id that is no broker's, and an address that is intercepted already; Error when
 * the optional peer `@mswjs/interceptors` is not there, or the cluster is stopped
 */
export async function interceptKafka(
  cluster: KafkaCluster,
  addresses: Readonly<Record<string, number>> = {},
  { onUnhandledConnection = 'warn' }: InterceptKafkaOptions = {},
): Promise<KafkaInterception> {
  if (!['warn', 'error', 'bypass'].includes(onUnhandledConnection)) {
    throw new TypeError(
      `onUnhandledConnection: 'warn', 'error' or 'bypass' is wanted, not ${inspect(onUnhandledConnection)}`,
    )
  }
  const listed: HostPort[] = []
  const nodeIds = new Map<string, number>()
  const toldOf = new Map<number, HostPort>()
  for (const [text, nodeId] of Object.entries(addresses)) {
    const address = parseAddress(text)
    listed.push(address)
    nodeIds.set(keyOf(address), cluster.broker(nodeId).nodeId)
    if (!toldOf.has(nodeId)) toldOf.set(nodeId, address)
  }
  const interceptor = await socketInterceptor()
  const ours = (): Ours[] => interceptor.listeners('connection').flatMap((one) => (isOurs(one) ? [one[OURS]] : []))
  for (const address of listed) {
    if (ours().some((one) => one.find(address))) {
      throw new RangeError(`interceptKafka: ${keyOf(address)} is intercepted already`)
    }
  }
  const nodeAt = (address: HostPort): number | undefined => {
    const key = keyOf(address)
    return nodeIds.get(key) ?? cluster.brokers.find((broker) => keyOf(broker) === key)?.nodeId
  }
  const open = new Set<() => void>()
  const warned = new Set<string>()

  const take = ({ socket, controller }: InterceptedConnection, address: HostPort, nodeId: number): void => {
    let connection: ReturnType<KafkaCluster['connect']>
    try {
      connection = cluster.connect(nodeId, (id) => toldOf.get(id))
    } catch {
      socket.destroy(connectionRefused(address.host, address.port))
      return
    }
    controller.claim()
    const close = join(socket, connection)
    open.add(close)
    socket.once('close', () => open.delete(close))
  }
  /** Of an address that is nobody's of ours. */
  const pass = ({ socket, controller }: InterceptedConnection, address: HostPort | undefined): void => {
    const all = ours()
    const told =
      address !== undefined &&
      looksLikeKafka(
        address,
        all.flatMap((one) => one.listed),
      )
    const policies = told ? all.map((one) => one.onUnhandledConnection) : []
    if (address !== undefined && policies.includes('error')) {
      const { host, port } = address
      const error = connectionRefused(host, port)
      error.message = `${error.message}: ${unlisted(address)}`
      socket.destroy(error)
      return
    }
    if (address !== undefined && policies.includes('warn') && !warned.has(keyOf(address))) {
      warned.add(keyOf(address))
      process.emitWarning(`${unlisted(address)}; it goes to the network`, 'MemkafkaWarning')
    }
    // Whoever else listens, as msw does, has a say of its own.
    if (interceptor.listeners('connection').every(isOurs)) controller.passthrough()
  }
  const listener: OurListener = Object.assign(
    (event: InterceptedConnection): void => {
      if (event.controller.readyState !== PENDING || event.socket.destroyed) return
      const address = dialledAddress(event.connectionOptions)
      const nodeId = address === undefined ? undefined : nodeAt(address)
      if (address !== undefined && nodeId !== undefined) take(event, address, nodeId)
      // One of us speaks for all.
      else if (ours()[0] === self && (address === undefined || !ours().some((one) => one.find(address)))) {
        pass(event, address)
      }
    },
    { [OURS]: { find: (address: HostPort) => nodeAt(address) !== undefined, listed, onUnhandledConnection } },
  )
  const self = listener[OURS]

  let isActive = true
  let forget = (): void => {}
  const end = (): void => {
    if (!isActive) return
    isActive = false
    forget()
    interceptor.removeListener('connection', listener)
    interceptor.dispose(listener)
    for (const close of open) close()
  }
  interceptor.apply(listener)
  interceptor.on('connection', listener)
  forget = KafkaCluster.atStop(cluster, end)
  if (!isActive) throw new Error('interceptKafka: the cluster is stopped')
  return {
    get isActive() {
      return isActive
    },
    end,
    [Symbol.dispose]: end,
    [Symbol.asyncDispose]: async () => end(),
  }
}

function isOurs(listener: object): listener is OurListener {
  return OURS in listener
}

function unlisted(address: HostPort): string {
  return `interceptKafka: a connection to ${keyOf(address)} looks like Kafka, and the address is not listed`
}
