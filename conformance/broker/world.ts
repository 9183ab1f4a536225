import { decodeResponse, encodeResponse } from '../../src/protocol/frame.ts'
import type { AnyApi, Api, Field, Fields, Input, VersionRange } from '../../src/protocol/message.ts'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { ListOffsets } from '../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { RequestHeader } from '../../src/protocol/messages/request-header.ts'
import { hasVersion } from '../../src/protocol/schema.ts'
import { WireClient } from '../../test/wire-client.ts'
import { Normalizer } from './normal.ts'
import type { Served } from './run-case.ts'
import type { Side } from './side.ts'
import type { Exchange, Transcript } from './transcript.ts'

/** How long an answer may take, ms of the side's time; what a script has to wait for is shorter by far. */
const LIMIT_MS = 8000
const HOUR_MS = 3_600_000
/** No other request has it: those are counted from 0. */
const UNKNOWN_VERSION_ID = 1 << 30
/** Of an answer that is waited for from the beginning. */
const WANTED = Promise.resolve()

export interface TopicShape {
  readonly partitions?: number
  /** The brokers of each partition, the leader first. Default: broker 1 alone. */
  readonly replicas?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string>>
}

export interface Topic {
  readonly name: string
  readonly topicId: string
}

export interface AskOptions {
  /** What the transcript calls it, where a script asks the same more than once. */
  readonly as?: string
  /** The client that asks. Default: one to broker 1, the same for the whole script. */
  readonly from?: Client
}

/** A connection of its own. */
export interface Client {
  readonly clientId: string
  readonly nodeId: number
}

/** An answer that may be under way. */
export interface Pending<Response> {
  /** The answer, once it is there. Virtual time runs on only for what is waited for: from when this is read. */
  readonly answer: Promise<Response | undefined>
  readonly sending: Sending
}

/** A request under way. */
class Sending {
  /** Whether the answer is there. */
  hasArrived = false
  /** Whether a script has seen that it was held. */
  wasHeld = false
  /** Told when the script waits for the answer. */
  readonly wanted: Promise<void>
  want: () => void = () => {}

  constructor() {
    this.wanted = new Promise((resolve) => {
      this.want = resolve
    })
  }
}

/** One exchange as it came: what is random in it gets its symbols when all are there, in the order of the script. */
type Seen = Pick<Exchange, 'request' | 'waits'> & { readonly outcome: (normalizer: Normalizer) => unknown }

/** As much of an API as tells its versions. */
type Versioned = Pick<AnyApi, 'key' | 'versions'>

/** A question that is compared. */
export interface ComparedOptions<Response> extends AskOptions {
  /** Default: the case's of its API, the highest that both sides serve of another. */
  readonly version?: number
  /** Makes of the answer what is compared: for what lists the doings of others as well. */
  readonly telling?: (answer: Response) => Response
}

interface OpenClient extends Client {
  wire: WireClient | undefined
  /** Several requests may be sent at once before there is a connection. */
  connecting?: Promise<WireClient> | undefined
}

/** What a script holds in its hand: one cluster, names of its own, and a transcript of what it was answered. */
export class World {
  /** The version that the case is run in. */
  readonly version: number
  private readonly side: Side
  private readonly api: AnyApi
  private readonly served: Served
  private readonly tag: string
  private readonly began: number
  private readonly normalizer: Normalizer
  private readonly seen: Seen[] = []
  private readonly clients: OpenClient[] = []
  private readonly first: Client

  constructor(side: Side, api: AnyApi, version: number, options: { readonly run: number; readonly served: Served }) {
    this.side = side
    this.api = api
    this.version = version
    this.served = options.served
    this.tag = `.r${options.run}`
    this.began = side.now()
    this.normalizer = new Normalizer({
      tag: this.tag,
      brokers: side.brokers,
      began: this.began,
      now: () => side.now(),
      baseTime: this.baseTime,
      both: new Set<unknown>([...this.served.apis.keys(), ...this.served.features]),
    })
    this.first = this.client()
  }

  /** What the script was answered so far. */
  get transcript(): Transcript {
    return this.seen.map(({ outcome, ...rest }) => ({ ...rest, outcome: outcome(this.normalizer) }))
  }

  /** How many brokers there are; their node ids begin at 1. */
  get brokers(): number {
    return this.side.brokers
  }

  /** A name that no other run has, of a topic, a group, a resource. In a transcript it is what was asked for. */
  name(name: string): string {
    return `${name}${this.tag}`
  }

  /** A time for a record, ms since the epoch: so many ms after a moment in the recent past. In a transcript it is `<t+ms>`. */
  time(ms: number): number {
    return this.baseTime + ms
  }

  private get baseTime(): number {
    return this.began - HOUR_MS
  }

  /** Another connection. */
  client(nodeId = 1, clientId = 'conformance'): Client {
    const client: OpenClient = { nodeId, clientId, wire: undefined }
    this.clients.push(client)
    return client
  }

  /**
   * The API's highest version that the side serves, at most `highest`: for what has to be done around the request that the
   * case is about.
   */
  highest(api: Versioned, highest = Number.POSITIVE_INFINITY): number {
    return Math.min(this.served.apis.get(api.key)?.max ?? api.versions.max, highest)
  }

  /** The versions of an API that both sides serve. */
  versions(api: Versioned): VersionRange {
    return this.served.apis.get(api.key) ?? api.versions
  }

  /**
   * Sends the request of the case in its version, waits for the answer and has it compared. Fields that the version does not
   * have are left out. undefined: the connection was closed, or no answer came; that is compared too.
   */
  ask<Request, Response>(
    api: Api<Request, Response>,
    body: Input<Request>,
    options: ComparedOptions<Response> = {},
  ): Promise<Response | undefined> {
    return this.post(api, body, options).answer
  }

  /** The same, without waiting: for what is held, and for what happens meanwhile. Its place in the transcript is where it was sent. */
  post<Request, Response>(
    api: Api<Request, Response>,
    body: Input<Request>,
    {
      as,
      from = this.first,
      version = this.versionFor(api),
      telling = (whole) => whole,
    }: ComparedOptions<Response> = {},
  ): Pending<Response> {
    const other = api.key === this.api.key && version === this.version ? '' : ` v${version}`
    const place = this.seen.length
    const request = `${api.name}${other}${as === undefined ? '' : `: ${as}`}`
    const sending = new Sending()
    this.seen.push({ request, outcome: () => 'no answer' })
    const answer = this.exchange(api, version, body, from, sending, telling).then(
      ({ outcome, body: answered, waited }) => {
        const waits = waited || sending.wasHeld
        this.seen[place] = { request, outcome, ...(waits && { waits }) }
        return answered
      },
    )
    return {
      get answer() {
        sending.want()
        return answer
      },
      sending,
    }
  }

  /**
   * Sends ApiVersions in a version that nobody has, with a header and a body as today's, and has the answer compared, which
   * is in version 0 (KIP-511).
   */
  async askUnknownVersion(version: number): Promise<void> {
    const wire = await this.wire(this.first)
    const header = RequestHeader.encode(
      { requestApiKey: ApiVersions.key, requestApiVersion: version, correlationId: UNKNOWN_VERSION_ID, clientId: '' },
      2,
    )
    const body = ApiVersions.request.encode({ clientSoftwareName: 'c', clientSoftwareVersion: '1' }, 3)
    const request = `${ApiVersions.name}: in version ${version}`
    let outcome: Seen['outcome'] = () => 'no answer'
    try {
      const { answer } = await this.side.await(wire.exchangeFrame(Buffer.concat([header, body])), LIMIT_MS, WANTED)
      if (answer !== undefined) {
        const decoded = decodeResponse(ApiVersions, 0, answer).body
        outcome = (normalizer) => normalizer.answer(ApiVersions as unknown as AnyApi, decoded)
      }
    } catch {
      outcome = () => 'closed'
    }
    this.seen.push({ request, outcome })
  }

  /** Has it compared whether an answer is still not there, once all is done that needs no time; tells it to the script too. */
  async held({ sending }: Pending<unknown>, as: string): Promise<boolean> {
    await this.side.quiet()
    sending.wasHeld = !sending.hasArrived
    this.note(as, sending.wasHeld ? 'held' : 'answered')
    return sending.wasHeld
  }

  /** Sends a request that has no answer (Produce with acks=0). */
  async tell<Request>(
    api: Api<Request, unknown>,
    body: Input<Request>,
    { from = this.first }: AskOptions = {},
  ): Promise<void> {
    const wire = await this.wire(from)
    wire.post(api, this.versionFor(api), this.fitted(api, body, this.versionFor(api)), from.clientId)
  }

  /** Does something around the request that the case is about: it is not compared. Throws when it is not answered. */
  arrange<Request, Response>(
    api: Api<Request, Response>,
    body: Input<Request>,
    options: AskOptions & { readonly version?: number } = {},
  ): Promise<Response> {
    return this.arranging(api, body, options).answer
  }

  /** The same, without waiting: for what is held until something else is done. */
  arranging<Request, Response>(
    api: Api<Request, Response>,
    body: Input<Request>,
    { from = this.first, version = this.highest(api) }: AskOptions & { readonly version?: number } = {},
  ): { readonly answer: Promise<Response> } {
    const sending = new Sending()
    const answer = this.exchange(api, version, body, from, sending).then(({ body: answered, outcome }) => {
      if (answered !== undefined) return answered
      throw new Error(`${this.side.name}: ${api.name} v${version}: ${outcome(this.normalizer)}`)
    })
    // A script that fails does not wait for what it has begun.
    answer.catch(() => {})
    return {
      get answer() {
        sending.want()
        return answer
      },
    }
  }

  /** Has any value compared. */
  note(as: string, value: unknown): void {
    const request = as.replaceAll(this.tag, '')
    this.seen.push({ request, outcome: (normalizer) => normalizer.value(value) })
  }

  /** Makes a topic, and waits until it can be written to. */
  async topic(name: string, shape: TopicShape = {}): Promise<Topic> {
    return (await this.topics({ [name]: shape }))[name] as Topic
  }

  /** The same for several at once, which takes no longer. */
  async topics<Name extends string>(shapes: Readonly<Record<Name, TopicShape>>): Promise<Record<Name, Topic>> {
    const names = Object.keys(shapes) as Name[]
    const { topics } = await this.arrange(CreateTopics, {
      topics: names.map((name) => {
        const { partitions = 1, replicas, configs = {} }: TopicShape = shapes[name]
        const assigned = replicas ?? Array.from({ length: partitions }, () => [1])
        return {
          name: this.name(name),
          numPartitions: -1,
          replicationFactor: -1,
          assignments: assigned.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds: [...brokerIds] })),
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        }
      }),
      timeoutMs: LIMIT_MS,
    })
    for (const { name, errorCode, errorMessage } of topics) {
      if (errorCode !== 0) throw new Error(`${this.side.name}: cannot create ${name}: ${errorCode} ${errorMessage}`)
    }
    await this.side.settled()
    const made = await Promise.all(names.map(async (name) => [name, await this.led(this.name(name))] as const))
    return Object.fromEntries(made) as Record<Name, Topic>
  }

  /** Waits until a topic that was made can be written to at its leaders. */
  async ready(name: string): Promise<Topic> {
    await this.side.settled()
    return this.led(name)
  }

  private async led(name: string): Promise<Topic> {
    for (;;) {
      const { topics } = await this.arrange(Metadata, { topics: [{ name }], allowAutoTopicCreation: false })
      const [topic] = topics
      if (topic !== undefined && topic.errorCode === 0 && (await this.leadersAreThere(name, topic.partitions))) {
        this.normalizer.name(topic.topicId, name)
        return { name, topicId: topic.topicId }
      }
    }
  }

  private async leadersAreThere(
    name: string,
    partitions: readonly { readonly partitionIndex: number; readonly leaderId: number }[],
  ): Promise<boolean> {
    for (const { partitionIndex, leaderId } of partitions) {
      if (leaderId < 1) return false
      const from = leaderId === this.first.nodeId ? this.first : this.clientTo(leaderId)
      const asked = [{ name, partitions: [{ partitionIndex, timestamp: -1, currentLeaderEpoch: -1 }] }]
      const { topics } = await this.arrange(ListOffsets, { replicaId: -1, isolationLevel: 0, topics: asked }, { from })
      if (topics[0]?.partitions[0]?.errorCode !== 0) return false
    }
    return true
  }

  private clientTo(nodeId: number): Client {
    return this.clients.find((client) => client.nodeId === nodeId) ?? this.client(nodeId)
  }

  /** Lets so many ms pass. */
  pass(ms: number): Promise<void> {
    return this.side.pass(ms)
  }

  /** Waits until every broker knows what was changed. */
  settled(): Promise<void> {
    return this.side.settled()
  }

  /** Waits until all is done that is under way and needs no time. */
  quiet(): Promise<void> {
    return this.side.quiet()
  }

  /** Ends a connection, as a client that dies. */
  async leave(client: Client): Promise<void> {
    ;(client as OpenClient).wire?.close()
    await this.side.quiet()
  }

  /** Ends all connections. */
  close(): void {
    for (const { wire } of this.clients) wire?.close()
  }

  private versionFor(api: Versioned): number {
    return api.key === this.api.key ? this.version : this.highest(api)
  }

  private async wire(client: Client): Promise<WireClient> {
    const open = client as OpenClient
    if (open.wire !== undefined && !open.wire.stream.destroyed) return open.wire
    open.connecting ??= this.side.connect(open.nodeId).then((stream) => new WireClient(stream))
    try {
      open.wire = await open.connecting
      return open.wire
    } finally {
      open.connecting = undefined
    }
  }

  private async exchange<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Input<Request>,
    client: Client,
    sending: Sending,
    telling: (answer: Response) => Response = (whole) => whole,
  ): Promise<{ outcome: Seen['outcome']; body?: Response; waited: boolean }> {
    const wire = await this.wire(client)
    const sent = wire.exchange(api, version, this.fitted(api, body, version), client.clientId)
    const arrived = (): void => {
      sending.hasArrived = true
    }
    sent.then(arrived, arrived)
    let answer: { correlationId: number; frame: Buffer } | undefined
    let waited: boolean
    try {
      ;({ answer, waited } = await this.side.await(sent, LIMIT_MS, sending.wanted))
    } catch {
      wire.close()
      return { outcome: () => 'closed', waited: false }
    }
    if (answer === undefined) {
      wire.close()
      return { outcome: () => 'no answer', waited: true }
    }
    const { correlationId, body: decoded } = decodeResponse(api, version, answer.frame)
    if (correlationId !== answer.correlationId) throw new Error(`${this.side.name}: an answer to another request`)
    // What decodes and encodes to other bytes has something in it that the comparison would not see.
    const again = Buffer.concat(encodeResponse(api, version, correlationId, decoded as Input<Response>)).subarray(4)
    const { frame } = answer
    if (!again.equals(frame)) {
      return { outcome: () => ({ unreadable: frame.toString('hex') }), body: decoded, waited }
    }
    return {
      outcome: (normalizer) => normalizer.answer(api as unknown as AnyApi, telling(decoded) as object),
      body: decoded,
      waited,
    }
  }

  private fitted<Request>(api: Api<Request, unknown>, body: Input<Request>, version: number): Input<Request> {
    return fitted(api.request.fields, body as Record<string, unknown>, version) as Input<Request>
  }
}

/** A value without the fields that a version does not have. */
function fitted(fields: Fields, value: Readonly<Record<string, unknown>>, version: number): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([name, item]): [string, unknown][] => {
    const field = fields[name]
    if (field === undefined) throw new Error(`there is no field ${name}`)
    return hasVersion(field.versions, version) ? [[name, fittedValue(field, item, version)]] : []
  })
  return Object.fromEntries(entries)
}

function fittedValue(field: Field, value: unknown, version: number): unknown {
  if (value === null || value === undefined) return value
  if (field.type === 'struct') return fitted(field.fields as Fields, value as Record<string, unknown>, version)
  const inner = field.element
  return inner === null || !Array.isArray(value) ? value : value.map((item) => fittedValue(inner, item, version))
}
