import { KafkaError } from '../protocol/errors.ts'
import type { DirectoryData } from '../protocol/messages/assign-replicas-to-dirs.ts'
import type { Controller } from './controller/controller.ts'
import type { MetadataImage } from './controller/metadata-image.ts'
import type { BrokerImage } from './controller/metadata-types.ts'
import { isUnreachable, type Link } from './link.ts'
import type { Links } from './links.ts'
import type { Disk } from './log/disk.ts'
import type { WaitQueue } from './wait-queue.ts'
import { type Reply, Waiting } from './waiting.ts'

/** What a broker's lifecycle is made with. */
export interface LifecycleOptions {
  readonly nodeId: number
  readonly rack: string | null
  /** Where its listener is reached. */
  readonly address: { readonly host: string; readonly port: number }
  readonly queue: WaitQueue
  readonly controller: Link<Controller>
  readonly image: MetadataImage
  readonly links: Links
  readonly disk: Disk
  /** The epoch in which it was shut down cleanly last; -1: it was not (KIP-966). */
  readonly previousEpoch: number
  /** How many times it has been started on this node. */
  readonly boot: number
}

/** How soon a registration that was refused is tried again at first, and at last, ms: Kafka's `resendExponentialBackoff`. */
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 9_000

/** After how long a broker stops without the controller's leave, ms: Kafka's `BrokerServer.shutdown`. */
const SHUTDOWN_TIMEOUT_MS = 300_000

/**
 * A broker as a member of the cluster (Kafka's `BrokerLifecycleManager`): it registers with the controller, asks to be unfenced
 * once it has the metadata, asks again whenever it finds itself fenced, and asks to leave. Heartbeats that would change nothing are not sent:
 * the controller learns from the network whether a broker is there.
 */
export class BrokerLifecycle {
  private readonly options: LifecycleOptions
  private registered = -1
  private asking = false
  private leaving = false
  private retryMs = FIRST_RETRY_MS
  private ready = false

  constructor(options: LifecycleOptions) {
    this.options = options
  }

  /** Its broker epoch: the offset of its registration; -1 before that. */
  get epoch(): number {
    return this.registered
  }

  /** Whether it takes clients: from when the controller holds it for alive on, whatever happens then. */
  get isReady(): boolean {
    return this.ready
  }

  /** Joins the cluster, and stays in it as far as the network lets it. */
  start(): void {
    const { queue, links, image } = this.options
    queue.whenever([links.changed, image.changed], () => this.work())
  }

  /** Asks the controller to lead elsewhere what this broker leads; answers when it may stop. At once when there is no controller to ask. */
  shutDown(): Reply<void> {
    const { controller, nodeId, image } = this.options
    this.leaving = true
    if (this.registered === -1 || !controller.isUp) return undefined
    const { registered } = this
    return controller
      .ask((active) => active.controlledShutdown(nodeId, registered))
      .chain(() => Waiting.until({ on: [image.changed], ask: () => (this.isFenced ? true : undefined) }))
      .map(() => undefined)
      .within(SHUTDOWN_TIMEOUT_MS, () => undefined)
  }

  private get isFenced(): boolean {
    return this.known?.fenced ?? false
  }

  /** What it knows of itself, as it has registered. */
  private get known(): BrokerImage | undefined {
    const { image, nodeId } = this.options
    const known = image.broker(nodeId)
    return known?.epoch === this.registered ? known : undefined
  }

  private work(): void {
    const { controller, nodeId } = this.options
    this.ready ||= this.known?.fenced === false
    if (this.asking || this.leaving || !controller.isUp) return
    if (this.registered === -1) this.register()
    else if (this.isFenced) {
      const { registered } = this
      const misplaced = this.misplaced()
      this.ask(
        (active) => {
          if (misplaced === undefined) active.unfenceBroker(nodeId, registered)
          else active.assignReplicasToDirs({ brokerId: nodeId, brokerEpoch: registered, directories: [misplaced] })
        },
        () => {},
      )
    }
  }

  /** KIP-858: the replicas that lay in a log directory which is gone. Before they are found in this one they cannot lead. */
  private misplaced(): DirectoryData | undefined {
    const { image, nodeId, disk } = this.options
    disk.directoryId ??= image.broker(nodeId)?.logDirs[0]
    const { directoryId: id } = disk
    if (id === undefined) return undefined
    const topics = [...image.topics()].flatMap(({ id: topicId, partitions }) => {
      const elsewhere = partitions.filter(({ replicas, directories }) => {
        const directory = directories[replicas.indexOf(nodeId)]
        return directory !== undefined && directory !== id
      })
      return elsewhere.length === 0
        ? []
        : [{ topicId, partitions: elsewhere.map(({ index }) => ({ partitionIndex: index })) }]
    })
    return topics.length === 0 ? undefined : { id, topics }
  }

  private register(): void {
    const { nodeId, rack, address, previousEpoch: previousBrokerEpoch, boot, disk } = this.options
    const logDirs = disk.directoryId === undefined ? {} : { logDirs: [disk.directoryId] }
    this.ask(
      (active) => active.registerBroker({ nodeId, rack, ...address, previousBrokerEpoch, boot, ...logDirs }),
      (epoch) => {
        this.registered = epoch
        this.work()
      },
    )
  }

  private ask<T>(request: (controller: Controller) => Reply<T>, then: (answer: T) => void): void {
    const { controller, image } = this.options
    const { offset } = image
    this.asking = true
    controller.send(
      request,
      (answer) => {
        this.asking = false
        this.retryMs = FIRST_RETRY_MS
        then(answer)
        // What came meanwhile may be all that comes of the answer.
        if (image.offset !== offset) this.work()
      },
      (error) => {
        this.asking = false
        if (isUnreachable(error)) this.work()
        else if (error instanceof KafkaError) this.askLater()
        else throw error
      },
    )
  }

  private askLater(): void {
    this.options.queue.after(this.retryMs, () => this.work())
    this.retryMs = Math.min(2 * this.retryMs, LAST_RETRY_MS)
  }
}
