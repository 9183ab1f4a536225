import type { Handler } from '../../../src/broker/apis/handler.ts'
import { Broker } from '../../../src/broker/broker.ts'
import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import { configTablesOf } from '../../../src/broker/config/config-tables.ts'
import { Controller } from '../../../src/broker/controller/controller.ts'
import { Events } from '../../../src/broker/events.ts'
import { Gate } from '../../../src/broker/gate.ts'
import { Link } from '../../../src/broker/link.ts'
import { Links } from '../../../src/broker/links.ts'
import { Disk } from '../../../src/broker/log/disk.ts'
import { Random } from '../../../src/broker/random.ts'
import { ServedApis } from '../../../src/broker/served-versions.ts'
import { WaitQueue } from '../../../src/broker/wait-queue.ts'
import { Waiting } from '../../../src/broker/waiting.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { everything, type Release } from '../../../src/protocol/release.ts'
import { ManualClock } from '../manual-clock.ts'

/** A request that was sent, and what has become of it. */
export class Call<Response> {
  response: Response | undefined
  error: unknown
  /** Stops listening, as a connection that closes does. */
  drop: () => void = () => {}

  get isHeld(): boolean {
    return this.response === undefined && this.error === undefined
  }

  /** The answer, which must be there. */
  get answer(): Response {
    if (this.error !== undefined) throw this.error
    if (this.response === undefined) throw new Error('the request is held')
    return this.response
  }
}

export interface TestClusterOptions {
  readonly brokers?: number
  readonly config?: Readonly<Record<string, string>>
  readonly topics?: Readonly<Record<string, number>>
  readonly seed?: number
  readonly release?: Release
  /** The level of `transaction.version`. */
  readonly transactionVersion?: number
}

export interface CallOptions {
  readonly node?: number
  readonly clientId?: string | null
}

/** Brokers without a network, on a clock that moves when told. Requests and responses pass through their bytes. */
export class TestCluster {
  readonly clock: ManualClock = new ManualClock()
  readonly queue: WaitQueue = new WaitQueue(this.clock)
  readonly events: Events = new Events()
  readonly controller: Controller
  private readonly brokers = new Map<number, Broker>()

  constructor({
    brokers = 1,
    config: given = {},
    topics = { orders: 3 },
    seed = 1,
    release = everything,
    transactionVersion = 0,
  }: TestClusterOptions = {}) {
    const { queue, events } = this
    const random = new Random(seed)
    const config = new BrokerConfig(given, brokers, false, configTablesOf(release))
    const features = [{ name: 'transaction.version', min: 0, max: 2, finalized: transactionVersion }]
    const controller = new Controller({
      queue,
      events,
      config,
      random,
      features,
      linkTo: (nodeId) => new Link(queue, () => this.broker(nodeId)),
    })
    this.controller = controller
    for (let nodeId = 0; nodeId < brokers; nodeId++) {
      const broker = new Broker({
        nodeId,
        rack: null,
        clusterId: 'cluster',
        release,
        served: new ServedApis(new Map()),
        features,
        config,
        queue,
        random: random.fork(nodeId),
        events,
        controller: new Link(queue, () => controller),
        peer: (id) => new Link(queue, () => this.brokers.get(id)),
        links: new Links(queue, random),
        address: { host: 'localhost', port: 9092 + nodeId },
        disk: new Disk(),
        boot: 1,
        gates: { coordinatorLoads: new Gate(), transactionMarkers: new Gate() },
      })
      this.brokers.set(nodeId, broker)
      const epoch = controller.registerBroker({ nodeId, rack: null, host: '127.0.0.1', port: 9092 + nodeId })
      controller.unfenceBroker(nodeId, epoch)
    }
    controller.createFirstTopics(Object.entries(topics).map(([name, partitions]) => [name, { partitions }]))
  }

  broker(nodeId = 0): Broker {
    const broker = this.brokers.get(nodeId)
    if (broker === undefined) throw new Error(`there is no broker ${nodeId}`)
    return broker
  }

  /** Sends a request; the call may be held. */
  call<Request, Response>(
    { api, handle, fail }: Handler<Request, Response>,
    version: number,
    request: Input<Request>,
    { node = 0, clientId = 'client' }: CallOptions = {},
  ): Call<Response> {
    const call = new Call<Response>()
    const context = {
      version,
      clientId,
      clientHost: '127.0.0.1',
      endpointOf: (nodeId: number) =>
        this.brokers.has(nodeId) ? { nodeId, host: '127.0.0.1', port: 9092 + nodeId, rack: null } : undefined,
      broker: this.broker(node),
    }
    const body = api.request.decode(api.request.encode(request, version), version)
    const done = (answer: unknown): void => {
      const bytes = api.response.encode(answer as Input<Response>, version)
      call.response = api.response.decode(bytes, version)
    }
    const failed = (error: unknown): void => {
      if (error instanceof KafkaError && fail !== undefined) done(fail(body, error.code, context))
      else call.error = error
    }
    this.queue.turn(() => {
      try {
        const reply = handle(body, context)
        if (reply instanceof Waiting) call.drop = this.queue.await(reply, { done, failed })
        else done(reply)
      } catch (error) {
        failed(error)
      }
    })
    return call
  }

  /** Sends a request and gives its answer, which must come at once. */
  ask<Request, Response>(
    handler: Handler<Request, Response>,
    version: number,
    request: Input<Request>,
    options: CallOptions = {},
  ): Response {
    return this.call(handler, version, request, options).answer
  }
}
