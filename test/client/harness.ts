/**
 * A cluster for tests of the client that hold on memkafka and on real Kafka alike. On memkafka the client runs in memory (or over TCP, when a test
 * asks for that); with `MEMKAFKA_TEST_BOOTSTRAP=127.0.0.1:9092,127.0.0.1:9093,…`, one address a broker, the same test runs on that cluster.
 * `npm run conformance:client` runs every test file that imports this one on real Kafka.
 *
 * A test qualifies that
 * - takes its topics from `createTopic` and its groups and transactional ids from `unique`: a real cluster is shared, and remembers;
 * - needs no virtual time, no fault and no handle of KafkaCluster: time passes by itself, and nothing fails;
 * - waits for what it wants to see (a message, an answer), never for a while, and asks for no order that Kafka does not promise;
 * - says how many brokers it needs (`describe.skipIf(lacksBrokers(3))`), and makes do with more.
 *
 * ```ts
 * await using cluster = await testCluster()
 * const topic = await cluster.createTopic('orders', { partitions: 3 })
 * const config = newConfig(cluster.config)
 * const client = await newClient(cluster.addrs, config)
 * ```
 * `newConfig({ ...cluster.config, channelBufferSize: 1 })` sets more; what is set of `net` or `metadata` this way replaces what the cluster gives there.
 */

import type { ConfigOptions } from '../../src/client/config/config.ts'
import { KafkaCluster } from '../../src/index.ts'
import { ErrorCode, errorName } from '../../src/protocol/errors.ts'
import type { Api, Input } from '../../src/protocol/message.ts'
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { DeleteTopics } from '../../src/protocol/messages/delete-topics.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Metadata, type MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import type { RecordInput } from '../../src/protocol/records/record.ts'
import { WireClient } from '../wire-client.ts'

export interface TestClusterOptions {
  /** How many brokers the test needs. Default: 1. */
  readonly brokers?: number
  /** Whether the client goes over TCP on memkafka too. Default: false. */
  readonly tcp?: boolean
}

export interface TestTopicOptions {
  /** Default: 1. */
  readonly partitions?: number
  /** Default: 1. */
  readonly replicationFactor?: number
  /** By Kafka's names. */
  readonly configs?: Readonly<Record<string, string>>
}

export interface TestCluster extends AsyncDisposable {
  /** `host:port` of each broker. */
  readonly addrs: readonly string[]
  /** What `newConfig` is to begin with. */
  readonly config: ConfigOptions
  /** Whether it is real Kafka. */
  readonly real: boolean
  /** A name that no other test has: for groups, transactional ids, topics that are not there. */
  unique(name: string): string
  /** Makes a topic, and resolves with the name that it got, once every broker knows its leaders. */
  createTopic(name: string, options?: TestTopicOptions): Promise<string>
  /** Resolves once every broker knows the leaders of a topic that a test has made by itself. */
  known(topic: string, partitions: number): Promise<void>
  /** Writes records as one batch, by no client that is under test, and resolves with the offset of the first. */
  produce(topic: string, partition: number, records: readonly (string | RecordInput)[]): Promise<number>
  /** Asks a broker (the first one, unless told otherwise) past the client that is under test. Versions are those that 3.9 and 4.4 both serve. */
  ask<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Input<Request>,
    addr?: string,
  ): Promise<Response>
}

/** What brokers are told for these tests, memkafka's and Kafka's alike. */
export const brokerConfigs: Readonly<Record<string, string>> = {
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  'auto.create.topics.enable': 'false',
}

const real = process.env.MEMKAFKA_TEST_BOOTSTRAP?.split(',')

/** Whether the cluster that the tests run on has fewer brokers than that; memkafka has as many as are asked for. */
export function lacksBrokers(brokers: number): boolean {
  return real !== undefined && real.length < brokers
}

/** Starts memkafka, or takes the real cluster. Disposing of it removes the topics that it made. */
export async function testCluster({ brokers = 1, tcp = false }: TestClusterOptions = {}): Promise<TestCluster> {
  if (real !== undefined) {
    if (real.length < brokers) throw new Error(`MEMKAFKA_TEST_BOOTSTRAP names ${real.length} broker(s), not ${brokers}`)
    const cluster = new Wired(real, {}, true, async () => {})
    await cluster.hasCoordinators()
    return cluster
  }
  const cluster = await KafkaCluster.start({ brokers, config: brokerConfigs })
  return new Wired(cluster.bootstrapServers, tcp ? {} : cluster.clientConfig(), false, () => cluster.stop())
}

const COORDINATOR_TYPES = { __consumer_offsets: 0, __transaction_state: 1 } as const

class Wired implements TestCluster {
  readonly addrs: readonly string[]
  readonly config: ConfigOptions
  readonly real: boolean
  private readonly stop: () => Promise<void>
  private readonly connections = new Map<string, Promise<WireClient>>()
  private readonly topics: string[] = []
  private readonly suffix: string

  constructor(addrs: readonly string[], config: ConfigOptions, isReal: boolean, stop: () => Promise<void>) {
    this.addrs = addrs
    this.config = config
    this.real = isReal
    this.stop = stop
    this.suffix = isReal ? `-${process.hrtime.bigint().toString(36)}` : ''
  }

  unique(name: string): string {
    return `${name}${this.suffix}`
  }

  async createTopic(name: string, options: TestTopicOptions = {}): Promise<string> {
    const { partitions = 1, replicationFactor = 1, configs = {} } = options
    const topic = this.unique(name)
    const { topics } = await this.ask(CreateTopics, 7, {
      topics: [
        {
          name: topic,
          numPartitions: partitions,
          replicationFactor,
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    })
    for (const { errorCode, errorMessage } of topics) {
      if (errorCode !== ErrorCode.NONE) throw new Error(`${topic}: ${errorName(errorCode)}: ${errorMessage}`)
    }
    this.topics.push(topic)
    await this.known(topic, partitions)
    return topic
  }

  async produce(topic: string, partition: number, records: readonly (string | RecordInput)[]): Promise<number> {
    const timestamp = Date.now()
    const batch = buildBatch(
      records.map((record) => (typeof record === 'string' ? { key: null, value: record, timestamp } : record)),
    )
    for (;;) {
      const { brokers, topics } = await this.metadata(topic)
      const leaderId = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.leaderId
      const leader = brokers.find(({ nodeId }) => nodeId === leaderId)
      if (leader === undefined) throw new Error(`${topic}-${partition} has no leader`)
      const { responses } = await this.ask(
        Produce,
        9,
        {
          acks: -1,
          timeoutMs: 30_000,
          topicData: [{ name: topic, partitionData: [{ index: partition, records: [batch] }] }],
        },
        `${leader.host}:${leader.port}`,
      )
      const answer = responses[0]?.partitionResponses[0]
      if (answer?.errorCode === ErrorCode.NONE) return answer.baseOffset
      // A real broker tells of a partition a moment before it leads it.
      if (this.real && answer?.errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER) continue
      throw new Error(`${topic}: ${errorName(answer?.errorCode ?? -1)}`)
    }
  }

  async ask<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Input<Request>,
    addr: string = this.addrs[0] as string,
  ): Promise<Response> {
    let connection = this.connections.get(addr)
    if (connection === undefined) {
      connection = WireClient.to(addr)
      this.connections.set(addr, connection)
    }
    return (await connection).send(api, version, body)
  }

  /** Real brokers make the internal topics when they are first asked for, and load them for a while: the tests begin after that. */
  async hasCoordinators(): Promise<void> {
    for (const [topic, keyType] of Object.entries(COORDINATOR_TYPES)) {
      for (;;) {
        const { coordinators } = await this.ask(FindCoordinator, 4, { keyType, coordinatorKeys: ['a', 'b', 'c'] })
        if (coordinators.every(({ errorCode }) => errorCode === ErrorCode.NONE)) break
      }
      for (const addr of this.addrs) await this.knows(topic, 1, addr)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.real && this.topics.length > 0) {
        await this.ask(DeleteTopics, 6, { topics: this.topics.map((name) => ({ name })), timeoutMs: 30_000 })
      }
    } finally {
      for (const connection of this.connections.values()) (await connection).close()
      await this.stop()
    }
  }

  async known(topic: string, partitions: number): Promise<void> {
    for (const addr of this.addrs) await this.knows(topic, partitions, addr)
  }

  private metadata(topic: string, addr?: string): Promise<MetadataResponse> {
    return this.ask(Metadata, 12, { topics: [{ name: topic }], allowAutoTopicCreation: false }, addr)
  }

  /** The brokers of a real cluster learn of a topic one by one. */
  private async knows(topic: string, partitions: number, addr: string): Promise<void> {
    for (;;) {
      const { topics } = await this.metadata(topic, addr)
      const known = topics[0]?.partitions ?? []
      const led = known.filter(({ leaderId, isrNodes, replicaNodes }) => {
        return leaderId >= 0 && isrNodes.length === replicaNodes.length
      })
      if (known.length >= partitions && led.length === known.length) return
    }
  }
}
