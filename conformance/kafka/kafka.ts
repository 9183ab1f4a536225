import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { Guard } from '../guard.ts'
import { answers } from './answers.ts'
import { distribution, type JavaArguments, lackingTools } from './distribution.ts'
import { groupProtocols } from './group-protocols.ts'
import { NodeProcess } from './node-process.ts'
import { portsFrom } from './ports.ts'
import {
  brokerAddress,
  controllerAddress,
  isBroker,
  isController,
  type Node,
  properties,
  propertiesText,
} from './properties.ts'
import { KafkaStartError, type Release, releaseOf } from './release.ts'

export { KafkaStartError, lackingTools }

/** The newest release that the conformance runs know of, and the last one of the 3.x line, for what 4.0 removed. */
export const NEWEST = '4.4.0'
export const NEWEST_3 = '3.9.2'

const HIGHEST_PORT = 65_535

/** How far the node id of a controller that is apart lies from the first broker's. */
const CONTROLLER_APART = 1000

/** How long brokers may take to be up. */
const UP_MS = 60_000

/** How long a broker may take to hand its partitions over and leave. */
const LEAVE_MS = 30_000

/** How long the brokers have when all stop: once most are gone there is no controller, and the last ones would ask for it in vain. */
const STOP_MS = 3000

/** For a quick start on a small machine: most of what Kafka's scripts give is for servers that run for months. */
const QUICK_JVM: JavaArguments = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

export interface KafkaOptions {
  /** From 3.9.0 on, as Maven Central names it. Default: the newest known here. */
  readonly version?: string
  /** How many brokers, each of them a controller too, unless that is apart. Default: 1. */
  readonly brokers?: number
  /**
   * Whether there is one controller, in a process of its own: then most brokers, or all, may be stopped, and no other controller
   * is elected when one is. Default: false.
   */
  readonly controllerApart?: boolean
  /** The first one's; the next ones follow. Default: 1, as memkafka's. */
  readonly firstNodeId?: number
  /** The first broker's; those of the next brokers follow, and then those of the controllers. Default: free ones below 32768. */
  readonly port?: number
  /** The `broker.rack` of each broker, in their order. Default: none. */
  readonly racks?: readonly string[]
  /** Configs of every broker, which win over those that are set here. */
  readonly configs?: Readonly<Record<string, string>>
  /** Whether ACLs count. Everyone who has not logged in may do anything all the same. */
  readonly authorizer?: boolean
  /** Whether what a release has for trial alone is on. The broker advertises more than the release does then. Default: false. */
  readonly earlyAccess?: boolean
  /** What the brokers' JVMs are told, such as `-Xmx1g`. Default: what makes them start quickly. */
  readonly jvm?: readonly string[]
}

/** A cluster of real brokers. */
export interface RunningKafka {
  readonly version: string
  /** `host:port` of each broker, in the order of their node ids. */
  readonly bootstrapServers: readonly string[]
  /** Ends when a broker ends that was not stopped here. The error tells what it said last. */
  readonly died: Promise<KafkaStartError>
  /** Stops a broker: in peace, or as a crash would. Resolves when its process has ended. */
  stopBroker(nodeId: number, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /**
   * Starts a broker that was stopped, with what it had. Resolves when all that run know of each other again: after a crash, or when
   * the controller has changed since, Kafka lets a broker in again only once `broker.session.timeout.ms` (9 s) has passed.
   */
  startBroker(nodeId: number): Promise<void>
  /** Has a broker stand still, as in a long garbage collection. */
  pauseBroker(nodeId: number): void
  /** Has it go on. Resolves when all that run know of each other again. */
  resumeBroker(nodeId: number): Promise<void>
  /** Stops all brokers and removes their data. */
  stop(): Promise<void>
}

/**
 * Starts real Kafka on loopback, in KRaft mode, and resolves when every broker answers and knows all of them. When this process
 * ends, in whichever way, the brokers do too. Takes `java` and `mvn`.
 * @throws KafkaStartError with one line that says what is missing or wrong, and the last lines of a broker that died; nothing is
 * left running then
 */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  const { version = NEWEST, brokers = 1, port, configs = {} } = options
  const { authorizer = false, earlyAccess = false } = options
  const release = releaseOf(version)
  if (!Number.isInteger(brokers) || brokers < 1) {
    throw new KafkaStartError(`brokers: ${brokers} is not a whole number from 1 on`)
  }
  if (port !== undefined && port + 2 * brokers - 1 > HIGHEST_PORT) {
    throw new KafkaStartError(`the port ${port} leaves none for ${brokers} brokers and as many controllers`)
  }
  const java = await distribution(release)
  const ports = await portsFrom(port, 2 * brokers)
  const folder = await mkdtemp(join(tmpdir(), `kafka-${version}-`))
  const nodes = nodesOf(options, brokers, ports, folder)
  const kafka = new Kafka(release, nodes, folder, java, options.jvm ?? QUICK_JVM)
  try {
    for (const node of nodes) {
      await writeFile(
        kafka.file(node, 'properties'),
        propertiesText(properties(release, node, nodes, { authorizer, earlyAccess }, configs)),
      )
    }
    await kafka.format(groupProtocols(release, earlyAccess).features)
    await kafka.start()
    return kafka
  } catch (error) {
    await kafka.stop('SIGKILL')
    throw error
  }
}

function nodesOf(
  { firstNodeId = 1, controllerApart = false, racks = [] }: KafkaOptions,
  brokers: number,
  ports: readonly number[],
  folder: string,
): Node[] {
  const node = (nodeId: number, brokerPort: number | undefined, controllerPort: number | undefined): Node => {
    return { nodeId, brokerPort, controllerPort, directoryId: newId(), folder: join(folder, `data-${nodeId}`) }
  }
  const nodes = Array.from({ length: brokers }, (_, i) => ({
    ...node(firstNodeId + i, ports[i], controllerApart ? undefined : ports[brokers + i]),
    ...(racks[i] !== undefined && { rack: racks[i] }),
  }))
  return controllerApart ? [node(firstNodeId + CONTROLLER_APART, undefined, ports[brokers]), ...nodes] : nodes
}

class Kafka implements RunningKafka {
  readonly version: string
  readonly died: Promise<KafkaStartError>
  private readonly nodes: readonly Node[]
  private readonly folder: string
  private readonly java: JavaArguments
  private readonly jvm: readonly string[]
  private readonly guard: Guard
  private readonly running = new Map<number, NodeProcess>()
  private tellDeath!: (error: KafkaStartError) => void

  constructor(release: Release, nodes: readonly Node[], folder: string, java: JavaArguments, jvm: readonly string[]) {
    this.version = release.version
    this.nodes = nodes
    this.folder = folder
    this.java = java
    this.jvm = jvm
    this.guard = new Guard(folder)
    this.died = new Promise((resolve) => {
      this.tellDeath = resolve
    })
  }

  get bootstrapServers(): readonly string[] {
    return this.nodes.filter(isBroker).map(brokerAddress)
  }

  file({ nodeId }: Node, kind: 'properties' | 'log'): string {
    return join(this.folder, `broker-${nodeId}.${kind}`)
  }

  /** Lays out the folders of the nodes, which the quorum takes for its own. */
  async format(features: readonly string[]): Promise<void> {
    const controllers = this.nodes.filter(isController)
    const quorum = controllers.map((node) => `${node.nodeId}@${controllerAddress(node)}:${node.directoryId}`).join(',')
    const clusterId = newId()
    await Promise.all(
      this.nodes.map(async (node) => {
        const format = ['format', '-t', clusterId, '-c', this.file(node, 'properties')]
        const levels = features.flatMap((feature) => ['-f', feature])
        const tool = [
          'kafka.tools.StorageTool',
          ...format,
          ...levels,
          ...(isController(node) ? ['-I', quorum] : ['-N']),
        ]
        const args = [...QUICK_JVM, ...this.java, ...tool]
        const formatting = await NodeProcess.start('formatting', args, this.file(node, 'log'), this.guard)
        if ((await formatting.ended) !== 0) throw await formatting.failure('failed')
      }),
    )
  }

  async start(): Promise<void> {
    for (const node of this.nodes) await this.launch(node)
    await this.isUp()
  }

  async stopBroker(nodeId: number, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.end(this.node(nodeId), signal, LEAVE_MS)
  }

  async startBroker(nodeId: number): Promise<void> {
    if (!this.running.has(nodeId)) await this.launch(this.node(nodeId))
    await this.isUp()
  }

  pauseBroker(nodeId: number): void {
    this.running.get(this.node(nodeId).nodeId)?.signal('SIGSTOP')
  }

  async resumeBroker(nodeId: number): Promise<void> {
    this.running.get(this.node(nodeId).nodeId)?.signal('SIGCONT')
    await this.isUp()
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.end(node, signal, STOP_MS)))
    await this.guard.end()
  }

  private async end({ nodeId }: Node, signal: 'SIGTERM' | 'SIGKILL', patienceMs: number): Promise<void> {
    const process = this.running.get(nodeId)
    this.running.delete(nodeId)
    await process?.stop(signal, patienceMs)
  }

  private node(nodeId: number): Node {
    const node = this.nodes.find((node) => node.nodeId === nodeId)
    if (node === undefined) throw new RangeError(`there is no broker ${nodeId}`)
    return node
  }

  private async launch(node: Node): Promise<void> {
    const args = [...this.jvm, ...this.java, 'kafka.Kafka', this.file(node, 'properties')]
    const process = await NodeProcess.start(`broker ${node.nodeId}`, args, this.file(node, 'log'), this.guard)
    this.running.set(node.nodeId, process)
    void process.ended.then(async (how) => {
      if (this.running.get(node.nodeId) === process) this.tellDeath(await process.failure(`ended (${how})`))
    })
  }

  /** Resolves when the brokers that run answer and know each other. */
  private async isUp(): Promise<void> {
    const done = new AbortController()
    const addresses = this.nodes.filter((node) => isBroker(node) && this.running.has(node.nodeId)).map(brokerAddress)
    const late = async () => {
      await after(UP_MS, undefined, { signal: done.signal })
      const slow = this.running.values().next().value as NodeProcess
      return slow.failure(`and ${addresses.length - 1} others were not up after ${UP_MS / 1000} s`)
    }
    try {
      const failure = await Promise.race([answers(addresses, done.signal), this.died, late().catch(() => undefined)])
      if (failure instanceof KafkaStartError) throw failure
    } finally {
      done.abort()
    }
  }
}

/** An id as Kafka writes them: 16 bytes in base64. It does not begin with a dash, which a tool takes for an option. */
function newId(): string {
  const bytes = randomBytes(16)
  bytes[0] = 0
  return bytes.toString('base64url')
}
