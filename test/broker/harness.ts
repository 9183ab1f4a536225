import {
  type Answer,
  CLOSE_CONNECTION,
  type Endpoint,
  type Handler,
  NO_RESPONSE,
  type RequestContext,
} from '../../src/broker/apis/handler.ts'
import type { Broker } from '../../src/broker/broker.ts'
import { BrokerConfig } from '../../src/broker/config/broker-config.ts'
import { MetadataImage } from '../../src/broker/controller/metadata-image.ts'
import type { MetadataRecord } from '../../src/broker/controller/metadata-record.ts'
import { Link } from '../../src/broker/link.ts'
import { Disk } from '../../src/broker/log/disk.ts'
import { Random } from '../../src/broker/random.ts'
import { FetchSessionCache } from '../../src/broker/replication/fetch-session-cache.ts'
import type { LeadingBroker } from '../../src/broker/replication/follower.ts'
import type { IsrAuthority } from '../../src/broker/replication/isr-proposal.ts'
import type { Partition } from '../../src/broker/replication/partition.ts'
import { Replicas } from '../../src/broker/replication/replicas.ts'
import { ServedApis } from '../../src/broker/served-versions.ts'
import { Signal } from '../../src/broker/signal.ts'
import { WaitQueue } from '../../src/broker/wait-queue.ts'
import { KafkaError } from '../../src/protocol/errors.ts'
import type { Input, Message } from '../../src/protocol/message.ts'
import { ConfigRecord } from '../../src/protocol/messages/metadata/config-record.ts'
import { PartitionChangeRecord } from '../../src/protocol/messages/metadata/partition-change-record.ts'
import { PartitionRecord } from '../../src/protocol/messages/metadata/partition-record.ts'
import { everything } from '../../src/protocol/release.ts'
import { uuidFromBytes } from '../../src/protocol/uuid.ts'
import { ManualClock } from './manual-clock.ts'

/** The node whose rooms the tests look into. */
export const ME = 1

export interface TopicShape {
  readonly partitions?: number
  readonly configs?: Readonly<Record<string, string>>
  /** The replicas of each partition, the leader first; left out: this node alone. */
  readonly replicas?: readonly number[]
  /** Left out: the leader alone, since nobody here follows. */
  readonly isr?: readonly number[]
}

/** What became of a request. */
export class Asked<Response> {
  answer: Response | 'no response' | 'closed' | undefined

  /** Whether it waits still. */
  get waits(): boolean {
    return this.answer === undefined
  }

  /** The response, if there is one. */
  get response(): Response {
    const { answer } = this
    if (answer === undefined || answer === 'no response' || answer === 'closed') {
      throw new Error(`there is no response: ${answer ?? 'it waits'}`)
    }
    return answer
  }
}

/** A broker as far as its partitions go: an image made of records, its replicas, a clock that stands still. */
export class BrokerRooms {
  readonly nodeId = ME
  readonly clock: ManualClock = new ManualClock()
  readonly queue: WaitQueue = new WaitQueue(this.clock)
  readonly image: MetadataImage = new MetadataImage()
  readonly config: BrokerConfig
  readonly replicas: Replicas
  readonly disk: Disk = new Disk()
  readonly fetchSessions: FetchSessionCache
  /** Every version of every API, unless a test says otherwise. */
  served: Broker['served'] = new ServedApis(new Map())
  /** None in particular, unless a test says otherwise. */
  release: Broker['release'] = everything
  private topics = 0

  constructor(config: Readonly<Record<string, string>> = {}) {
    this.config = new BrokerConfig(config, 1)
    const { nodeId, queue, image } = this
    const releaseNow = (): Broker['release'] => this.release
    this.replicas = new Replicas({
      nodeId,
      queue,
      config: this.config,
      image,
      get release() {
        return releaseNow()
      },
      disk: this.disk,
      controller: new Link<IsrAuthority>(queue, () => undefined),
      networkChanged: new Signal(),
      peer: () => new Link<LeadingBroker>(queue, () => undefined),
    })
    this.fetchSessions = new FetchSessionCache({
      clock: this.clock,
      random: new Random(1),
      slots: this.config.int('max.incremental.fetch.session.cache.slots'),
    })
  }

  get now(): number {
    return this.clock.now()
  }

  /** Creates a topic, and tells its id. */
  createTopic(name: string, shape: TopicShape = {}): string {
    const { partitions = 1, configs = {}, replicas = [ME], isr = replicas.slice(0, 1) } = shape
    const id = Buffer.alloc(16)
    id.writeInt32BE(++this.topics, 12)
    const topicId = uuidFromBytes(id)
    const records: MetadataRecord[] = [{ type: 'TopicRecord', version: 0, value: { name, topicId } }]
    for (let partitionId = 0; partitionId < partitions; partitionId++) {
      const value = defaults(PartitionRecord, 1, {
        partitionId,
        topicId,
        replicas,
        isr,
        leader: replicas[0] ?? -1,
        leaderEpoch: 0,
        partitionEpoch: 0,
      })
      records.push({ type: 'PartitionRecord', version: 1, value })
    }
    for (const [config, value] of Object.entries(configs)) records.push(topicConfig(name, config, value))
    this.apply(records)
    return topicId
  }

  configure(topic: string, config: string, value: string): void {
    this.apply([topicConfig(topic, config, value)])
  }

  deleteTopic(name: string): void {
    const topicId = this.image.topic(name)?.id ?? ''
    this.apply([{ type: 'RemoveTopicRecord', version: 0, value: { topicId } }])
  }

  /** Has another node lead a partition, or this one in a new epoch; and sets who is in sync. */
  elect(topic: string, partitionId: number, leader: number, isr?: readonly number[]): void {
    const topicId = this.image.topic(topic)?.id ?? ''
    const change = { partitionId, topicId, leader, ...(isr === undefined ? {} : { isr: [...isr] }) }
    this.apply([{ type: 'PartitionChangeRecord', version: 0, value: defaults(PartitionChangeRecord, 0, change) }])
  }

  partition(topic: string, index = 0): Partition {
    return this.replicas.partition(topic, index)
  }

  /** Sends a request in its wire form, and takes the answer in its wire form. */
  ask<Request, Response>(
    handler: Handler<Request, Response>,
    version: number,
    request: Input<Request>,
    clientId = 'test',
  ): Asked<Response> {
    const { api } = handler
    const asked = new Asked<Response>()
    const context = this.context(version, clientId)
    const body = api.request.decode(api.request.encode(request, version), version)
    const answer = (given: Answer<Response>): void => {
      if (given === NO_RESPONSE) asked.answer = 'no response'
      else if (given === CLOSE_CONNECTION) asked.answer = 'closed'
      else asked.answer = api.response.decode(api.response.encode(given as Input<Response>, version), version)
    }
    const failed = (error: unknown): void => {
      if (!(error instanceof KafkaError) || handler.fail === undefined) throw error
      answer(handler.fail(body, error.code, context))
    }
    this.queue.turn(() => {
      try {
        this.queue.await(handler.handle(body, context), { done: answer, failed })
      } catch (error) {
        failed(error)
      }
    })
    return asked
  }

  private context(version: number, clientId: string): RequestContext {
    return {
      version,
      clientId,
      clientHost: '127.0.0.1',
      broker: this as unknown as Broker,
      endpointOf: (nodeId): Endpoint => ({ nodeId, host: 'localhost', port: 9091 + nodeId, rack: null }),
    }
  }

  private apply(records: readonly MetadataRecord[]): void {
    this.queue.turn(() => this.replicas.apply(this.image.apply(records)))
  }
}

function topicConfig(resourceName: string, name: string, value: string): MetadataRecord {
  return {
    type: 'ConfigRecord',
    version: 0,
    value: defaults(ConfigRecord, 0, { resourceType: 2, resourceName, name, value }),
  }
}

/** A message with its defaults filled in. */
function defaults<T>(message: Message<T>, version: number, value: Input<T>): T {
  return message.decode(message.encode(value, version), version)
}
