import { randomBytes } from 'node:crypto'
import { type InspectOptions, inspect } from 'node:util'
import type { TopicOptions } from '../../broker/options.ts'
import type { ConfigOptions } from '../../client/config/config.ts'
import { checkNames } from '../../intercept/nearest.ts'
import type { TestCluster, TestGroup, TestPartition, TestTopic, TestTransaction } from '../test-cluster.ts'
import { makeTopic } from './appending.ts'
import { AskedWaits } from './asked-waits.ts'
import { cleanUp } from './cleaning.ts'
import { addressesOf, connect, partitionsOfTopic, type RealView } from './connection.ts'
import { Permission } from './permission.ts'
import { RealGroup } from './real-group.ts'
import { RealPartition, RealTopic } from './real-records.ts'
import { RealTransaction } from './real-transaction.ts'

/** How `connectCluster` connects, and what may be done there. */
export interface ConnectOptions {
  /** Whether anything may be written: records, topics, offsets. Default: false. */
  readonly allowWrites?: boolean
  /**
   * What the names of this run begin with, before a part that is drawn for each connection, so that no two runs have the same. Default: `memkafka`. */
  readonly prefix?: string
  /** Topics to begin with, by their names here: `orders` is made as `cluster.name('orders')`. */
  readonly topics?: Readonly<Record<string, TopicOptions>>
  /** How long a wait goes on that is not told otherwise, in ms. Default: 10000. */
  readonly waitTimeout?: number
  /** After how long, in ms, what may still come is taken to have come: what `.not` waits for before it looks. Default: 500. */
  readonly settleTime?: number
  /** TLS, SASL and all else that `newConfig` of `memkafka/client` takes. */
  readonly client?: ConfigOptions
}

const OPTION_NAMES: readonly string[] = [
  'allowWrites',
  'prefix',
  'topics',
  'waitTimeout',
  'settleTime',
  'client',
] satisfies (keyof ConnectOptions)[]

const WAIT_TIMEOUT_MS = 10_000
const SETTLE_MS = 500

/** Of the part of a prefix that is drawn. */
const DRAWN_BYTES = 5

/** What a topic's name may consist of, and how long its beginning may be. */
const PREFIX = /^[a-zA-Z0-9._-]{1,100}$/

/** What `connectCluster` of `memkafka/testing` does. */
export async function connectCluster(
  bootstrap: string | readonly string[],
  options: ConnectOptions = {},
): Promise<RealCluster> {
  const addresses = addressesOf('connectCluster', bootstrap)
  checkOptions(options)
  const { allowWrites = false, prefix = 'memkafka', topics = {}, client: config = {} } = options
  const { waitTimeout = WAIT_TIMEOUT_MS, settleTime = SETTLE_MS } = options
  const own = `${prefix}-${randomBytes(DRAWN_BYTES).toString('hex')}-`
  const permission = new Permission(own, allowWrites, addresses.join(', '))
  if (Object.keys(topics).length > 0) permission.checkWrites('making topics')
  const { client, admin } = await connect(addresses, config)
  let purposes = 0
  const waits = new AskedWaits(waitTimeout, settleTime)
  const view: RealView = { client, admin, waits, permission, purpose: () => `test ${++purposes}` }
  const cluster = new RealCluster(addresses, view)
  try {
    await makeAll(view, topics)
    return cluster
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

/**
 * A cluster that is there already, as a test holds it. Other programs may use it: nothing is written there unless that was allowed, and what this run has not
 * made is neither deleted nor disturbed. It tells nobody of its changes, so that waits ask again after a while; those for records read on.
 */
export class RealCluster implements TestCluster, AsyncDisposable {
  /** As it was connected to. */
  readonly bootstrapServers: readonly string[]
  readonly #view: RealView
  #stopping: Promise<void> | undefined

  static {
    const show = function (this: RealCluster, _depth: number, options: InspectOptions): string {
      const { bootstrapServers, prefix } = this
      return `RealCluster ${inspect({ bootstrapServers, prefix }, options)}`
    }
    Object.defineProperty(RealCluster.prototype, inspect.custom, { value: show })
  }

  /** @internal */
  constructor(bootstrapServers: readonly string[], view: RealView) {
    this.bootstrapServers = bootstrapServers
    this.#view = view
  }

  /** What all names of this run begin with; no other run has the same. */
  get prefix(): string {
    return this.#view.permission.prefix
  }

  /** What a topic, a group or a transactional id is called in this run: `memkafka-9f2c41d07a-orders`. */
  name(name: string): string {
    return `${this.prefix}${name}`
  }

  /** A topic by its whole name, whether it is there or not yet. */
  topic(name: string): TestTopic {
    return new RealTopic(this.#view, name)
  }

  /** A partition by its topic's whole name and its index, whether it is there or not yet. */
  partition(topic: string, index: number): TestPartition {
    return new RealPartition(this.#view, topic, index)
  }

  /** A consumer group by its whole id, whether it is there or not yet. */
  group(id: string): TestGroup {
    return new RealGroup(this.#view, id)
  }

  /** A transactional id as a whole, whether it is known or not yet. */
  transaction(id: string): TestTransaction {
    return new RealTransaction(this.#view, id)
  }

  /**
   * Ends all waits, deletes the topics and groups of this run, where writing is allowed, and closes the connections. May be called again.
   * @throws Error that names what could not be deleted, and clients that were not closed
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopOnce()
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** @internal What its handles look at. */
  static viewOf(cluster: RealCluster): RealView {
    return cluster.#view
  }

  async #stopOnce(): Promise<void> {
    const { admin, permission, waits } = this.#view
    waits.stop()
    try {
      if (permission.isGiven) await cleanUp(this.#view)
    } finally {
      // Its client with it.
      await admin.close()
    }
  }
}

/** Makes topics, and resolves once each of their partitions is led. */
async function makeAll(view: RealView, topics: NonNullable<ConnectOptions['topics']>): Promise<void> {
  for (const [name, { partitions = -1, replicationFactor = -1, configs = {} }] of Object.entries(topics)) {
    const topic = `${view.permission.prefix}${name}`
    await makeTopic(view, 'connectCluster', topic, {
      numPartitions: partitions,
      replicationFactor,
      configEntries: new Map(Object.entries(configs)),
    })
    const look = async (): Promise<true | undefined> => {
      const made = (await partitionsOfTopic(view, topic)) ?? []
      return made.length > 0 && made.every(({ leader }) => leader !== -1) ? true : undefined
    }
    const told = { what: `${topic} to have leaders`, seen: () => 'Not every partition has one.' }
    await view.waits.eventually({ ...told, look }, { timeout: view.waits.answerMs })
  }
}

function checkOptions(options: ConnectOptions): void {
  checkNames('connectCluster', options, OPTION_NAMES)
  const { allowWrites, prefix, topics = {}, waitTimeout, settleTime } = options
  if (allowWrites !== undefined && typeof allowWrites !== 'boolean') {
    throw new TypeError(`connectCluster: allowWrites is true or false, not ${inspect(allowWrites)}`)
  }
  if (prefix !== undefined && (typeof prefix !== 'string' || !PREFIX.test(prefix))) {
    throw new TypeError(
      `connectCluster: prefix is up to 100 letters, digits, dots, underscores and hyphens, not ${inspect(prefix)}`,
    )
  }
  for (const [name, ms] of Object.entries({ waitTimeout, settleTime })) {
    if (ms === undefined || (typeof ms === 'number' && ms >= 0)) continue
    throw new TypeError(`connectCluster: ${name} is a number of ms from 0 on, not ${inspect(ms)}`)
  }
  for (const [name, topic] of Object.entries(topics)) {
    checkNames(`connectCluster: topic ${name}`, topic, TOPIC_NAMES)
  }
}

const TOPIC_NAMES: readonly string[] = ['partitions', 'replicationFactor', 'configs'] satisfies (keyof TopicOptions)[]
