import { join } from 'node:path'
import type { Guard } from '../../conformance/guard.ts'
import { lackingTools, NEWEST, startKafka } from '../../conformance/kafka/kafka.ts'
import { buildOf } from '../build.ts'
import { withoutGo } from './clients.ts'
import { goProgram } from './go-program.ts'
import { childOf } from './memory.ts'
import { type Command, PeerProcess } from './process.ts'

const HOST = '127.0.0.1'
/** The one node of a Kafka that is started here. */
const NODE_ID = 1

/** A broker that can be measured, in a process of its own. */
export interface BrokerKind {
  readonly name: 'memkafka' | 'kafka' | 'kfake'
  /** What heads its column. */
  readonly title: string
  /** Why it cannot be run here, in one line; undefined when it can. */
  lacking(): Promise<string | undefined>
  /** Makes ready whatever it needs before its process is launched. */
  prepare(port: number, guard: Guard): Promise<Broker>
}

export interface Broker {
  /** `host:port` */
  readonly address: string
  /** The process that was launched last. */
  readonly pid: number
  /** Ends when that process does and was not stopped. */
  readonly died: Promise<Error>
  /** Launches its process, which may not listen yet when this returns. Resolves when it is up, as far as it tells. */
  launch(): Promise<void>
  /** Ends its process. It can be launched again. */
  stop(): Promise<void>
  /** Ends its process, and leaves nothing of it. */
  close(): Promise<void>
}

const house = join(import.meta.dirname, '../..')

export const brokerKinds: readonly BrokerKind[] = [
  {
    name: 'memkafka',
    title: 'memkafka',
    lacking: async () => undefined,
    prepare: async (port, guard) => {
      const { cli } = buildOf(house, 'dist')
      const args = [cli, '--host', HOST, '--port', String(port), '--quiet']
      return new Program('memkafka', port, { file: process.execPath, args }, guard)
    },
  },
  {
    name: 'kafka',
    title: `Kafka ${NEWEST}`,
    lacking: lackingTools,
    prepare: (port) => Kafka.prepare(port),
  },
  {
    name: 'kfake',
    title: 'kfake',
    lacking: withoutGo,
    prepare: async (port, guard) => {
      const { file } = await goProgram('kfake')
      return new Program('kfake', port, { file, args: [String(port)] }, guard)
    },
  },
]

/** A broker that is a program which is told a port. */
class Program implements Broker {
  readonly address: string
  private readonly name: string
  private readonly command: Command
  private readonly guard: Guard
  private process: PeerProcess | undefined

  constructor(name: string, port: number, command: Command, guard: Guard) {
    this.name = name
    this.address = `${HOST}:${port}`
    this.command = command
    this.guard = guard
  }

  get pid(): number {
    return this.running.pid
  }

  get died(): Promise<Error> {
    return this.running.died
  }

  async launch(): Promise<void> {
    this.process = new PeerProcess(this.name, this.command, this.guard)
    this.process.output.resume()
  }

  async stop(): Promise<void> {
    await this.process?.stop()
  }

  close(): Promise<void> {
    return this.stop()
  }

  private get running(): PeerProcess {
    if (this.process === undefined) throw new Error(`${this.name} was not launched`)
    return this.process
  }
}

/** As Kafka's own scripts start it: what is measured is not what conformance runs start, for which a quick start is all. */
const SERVER_JVM = ['-Xmx1g', '-Xms1g', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'] as const
const SERVER_JVM_MORE = ['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'] as const

class Kafka implements Broker {
  readonly address: string
  readonly died: Promise<Error>
  private readonly kafka: Awaited<ReturnType<typeof startKafka>>

  private constructor(kafka: Awaited<ReturnType<typeof startKafka>>) {
    this.kafka = kafka
    this.address = kafka.bootstrapServers[0] as string
    this.died = kafka.died
  }

  /** Its storage is laid out, and it has been up once: what is launched is a broker that was there before. */
  static async prepare(port: number): Promise<Kafka> {
    const kafka = await startKafka({ port, firstNodeId: NODE_ID, jvm: [...SERVER_JVM, ...SERVER_JVM_MORE] })
    await kafka.stopBroker(NODE_ID)
    return new Kafka(kafka)
  }

  get pid(): number {
    return childOf(process.pid, 'kafka.Kafka')
  }

  launch(): Promise<void> {
    return this.kafka.startBroker(NODE_ID)
  }

  stop(): Promise<void> {
    return this.kafka.stopBroker(NODE_ID)
  }

  close(): Promise<void> {
    return this.kafka.stop()
  }
}
