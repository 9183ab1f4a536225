import type { Config } from './config/config.ts'
import { ConfigurationError, ErrBrokerNotFound, ErrClosedClient, ErrOutOfBrokers } from './errors/client-errors.ts'
import { type Address, addressOf } from './network/address.ts'
import { type ApiRanges, rangesOf } from './network/api-ranges.ts'
import { ConnectedBroker } from './network/connected-broker.ts'

/** The brokers of a cluster that a client knows, and its connections to them. */
export class Brokers {
  private readonly config: Config
  private readonly ceiling: ApiRanges
  /** Those that the client was given, by address: who answers there is not known. */
  private seeds = new Map<string, ConnectedBroker>()
  private readonly known = new Map<number, ConnectedBroker>()
  private readonly addresses = new Map<number, Address>()
  private readonly purposes = new Map<string, ConnectedBroker>()
  private disposed = false

  /** @throws ConfigurationError for no address, or what is none */
  constructor(config: Config, addrs: readonly string[]) {
    this.config = config
    this.ceiling = rangesOf(config.version)
    this.seed(addrs)
  }

  /** Those that metadata names. */
  get all(): readonly ConnectedBroker[] {
    return [...this.known.values()]
  }

  /** Forgets all brokers, and begins again with these addresses. */
  seed(addrs: readonly string[]): void {
    if (!Array.isArray(addrs)) throw new ConfigurationError(`the addresses of brokers are a list, not ${String(addrs)}`)
    if (addrs.length === 0) throw new ConfigurationError('You must provide at least one broker address')
    const seeds = new Map(addrs.map((addr) => [addr, this.connect(addressOf(addr))]))
    this.closeAll((id) => new ErrBrokerNotFound(id))
    this.seeds = seeds
    this.known.clear()
    this.addresses.clear()
    this.purposes.clear()
  }

  /** The same with the addresses that it began with before. */
  seedAgain(): void {
    this.seed([...this.seeds.keys()])
  }

  get(id: number): ConnectedBroker | undefined {
    return this.known.get(id)
  }

  /** By a connection of its own. @throws ErrBrokerNotFound */
  connectionTo(id: number, purpose: string): ConnectedBroker {
    const address = this.addresses.get(id)
    if (address === undefined) throw new ErrBrokerNotFound(id)
    const key = `${id} ${purpose}`
    let broker = this.purposes.get(key)
    if (broker === undefined) {
      broker = this.connect(address)
      this.purposes.set(key, broker)
    }
    return broker
  }

  /** Closes the connections for a purpose, and forgets them. */
  release(purpose: string): void {
    for (const [key, broker] of this.purposes) {
      if (key.slice(key.indexOf(' ') + 1) !== purpose) continue
      // For good: who still holds it must not open what nobody would close.
      broker.dispose(() => new ErrBrokerNotFound(broker.id))
      this.purposes.delete(key)
    }
  }

  /** Takes what an answer says of where brokers are. */
  place(address: Address): void {
    this.addresses.set(address.id, address)
    for (const [key, broker] of this.purposes) if (key.startsWith(`${address.id} `)) broker.relocate(address)
    const broker = this.known.get(address.id) ?? this.adopt(address) ?? this.connect(address)
    broker.relocate(address)
    this.known.set(address.id, broker)
  }

  /** Takes the brokers that metadata names: there are no others. */
  placeAll(addresses: readonly Address[]): void {
    for (const address of addresses) this.place(address)
    const named = new Set(addresses.map(({ id }) => id))
    for (const [id, broker] of this.known) {
      if (named.has(id)) continue
      // The client is open, and whoever holds this broker may well be served by another.
      const reason = (): Error => new ErrBrokerNotFound(id)
      broker.dispose(reason)
      this.known.delete(id)
      this.addresses.delete(id)
      for (const [key, own] of this.purposes) {
        if (!key.startsWith(`${id} `)) continue
        own.dispose(reason)
        this.purposes.delete(key)
      }
    }
    for (const seed of this.seeds.values()) seed.close()
  }

  /**
   * In the order in which they are to be asked: those that are connected, the least loaded first; the others by chance; those that are to be
   * left alone for now; then the seeds.
   */
  candidates(): ConnectedBroker[] {
    const known = this.shuffled(this.all)
    const throttled = known.filter((broker) => broker.throttled)
    const free = known.filter((broker) => !broker.throttled)
    const connected = free.filter((broker) => broker.connected).sort((one, other) => one.pending - other.pending)
    const others = free.filter((broker) => !broker.connected)
    return [...connected, ...others, ...throttled, ...this.shuffled([...this.seeds.values()])]
  }

  /** @throws ErrOutOfBrokers when none is known */
  leastLoaded(): ConnectedBroker {
    const [first] = this.candidates()
    if (first === undefined) throw new ErrOutOfBrokers()
    return first
  }

  dispose(): void {
    this.disposed = true
    this.closeAll(() => new ErrClosedClient())
  }

  /** A seed whose address is the broker's, with the connection that it has. */
  private adopt(address: Address): ConnectedBroker | undefined {
    for (const [addr, seed] of this.seeds) {
      const { host, port } = addressOf(addr)
      if (host !== address.host || port !== address.port || this.isKnown(seed)) continue
      this.seeds.set(addr, this.connect(addressOf(addr)))
      return seed
    }
    return undefined
  }

  private isKnown(broker: ConnectedBroker): boolean {
    return this.all.includes(broker)
  }

  private connect(address: Address): ConnectedBroker {
    const broker = new ConnectedBroker(this.config, this.ceiling, address)
    if (this.disposed) broker.dispose()
    return broker
  }

  private closeAll(reasonOf: (id: number) => Error): void {
    for (const brokers of [this.seeds, this.known, this.purposes]) {
      for (const broker of brokers.values()) broker.dispose(() => reasonOf(broker.id))
    }
  }

  private shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list]
    const { random } = this.config
    for (let i = rest.length - 1; i > 0; i--) {
      const j = random.below(i + 1)
      const swapped = rest[i] as T
      rest[i] = rest[j] as T
      rest[j] = swapped
    }
    return rest
  }
}
