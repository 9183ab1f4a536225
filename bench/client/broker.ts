import { join } from 'node:path'
import type { Guard } from '../../conformance/guard.ts'
import { type ClusterAdmin, newClusterAdmin } from '../../src/client/index.ts'
import { buildOf } from '../build.ts'
import { PeerProcess } from '../peers/process.ts'

const HOST = '127.0.0.1'
export const PARTITIONS = 6

/** Where the clients are measured: a broker, and the topics there. */
export class Broker {
  /** `host:port` */
  readonly address: string
  readonly title: string
  /** Ends when a broker that was started here does. */
  readonly died: Promise<Error>
  private readonly process: PeerProcess | undefined
  private topics = 0

  private constructor(address: string, title: string, process: PeerProcess | undefined) {
    this.address = address
    this.title = title
    this.process = process
    this.died = process?.died ?? new Promise(() => {})
  }

  /** memkafka in a process of its own. */
  static start(port: number, guard: Guard): Broker {
    const { cli, from } = buildOf(join(import.meta.dirname, '../..'))
    // Those who read by groups do not wait for more members than the one that there is.
    const config = ['--config', 'group.initial.rebalance.delay.ms=0']
    const args = ['--no-warnings', cli, '--host', HOST, '--port', String(port), '--quiet', ...config]
    const process_ = new PeerProcess('memkafka', { file: process.execPath, args }, guard)
    process_.output.resume()
    return new Broker(`${HOST}:${port}`, `memkafka from ${from}/`, process_)
  }

  /** One that listens already. */
  static at(address: string): Broker {
    return new Broker(address, address, undefined)
  }

  async createTopic(): Promise<string> {
    const topic = `bench-client-${process.pid}-${this.topics++}`
    await this.admin(async (admin) => {
      await admin.createTopic(topic, { numPartitions: PARTITIONS, replicationFactor: 1 }, false)
    })
    return topic
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.admin((admin) => admin.deleteTopic(topic))
  }

  async stop(): Promise<void> {
    await this.process?.stop()
  }

  private async admin(use: (admin: ClusterAdmin) => Promise<void>): Promise<void> {
    // A broker that was just started does not listen yet.
    const admin = await newClusterAdmin([this.address], { metadata: { retry: { max: 50, backoff: 100 } } })
    try {
      await Promise.race([use(admin), this.died.then((error) => Promise.reject(error))])
    } finally {
      await admin.close()
    }
  }
}
