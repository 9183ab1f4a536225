import { decodeResponse } from '../../src/protocol/frame.ts'
import type { AnyApi, Api, Input, VersionRange } from '../../src/protocol/message.ts'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { RequestHeader } from '../../src/protocol/messages/request-header.ts'
import { type Client, Clients, LIMIT_MS, type Outcome, Sending } from './clients.ts'
import { Normalizer } from './normal.ts'
import type { AskOptions, ComparedOptions, EachOptions, Pending } from './questions.ts'
import type { Served } from './run-case.ts'
import type { Side } from './side.ts'
import { createTopics, led, type Topic, type TopicShape } from './topics.ts'
import type { Exchange, Transcript } from './transcript.ts'

export type { Client, Pending, Topic, TopicShape }

const CLIENT_ID = 'conformance'
const HOUR_MS = 3_600_000
/** No other request has it: those are counted from 0. */
const UNKNOWN_VERSION_ID = 1 << 30
/** Of an answer that is waited for from the beginning. */
const WANTED = Promise.resolve()

/** One exchange as it came: what is random in it gets its symbols when all are there, in the order of the script. */
type Seen = Pick<Exchange, 'request' | 'waits'> & { readonly outcome: (normalizer: Normalizer) => unknown }

/** As much of an API as tells its versions. */
type Versioned = Pick<AnyApi, 'key' | 'versions'>

/** What a world is made for. */
export interface WorldOptions {
  /** What the case is about; undefined: several. */
  readonly api: AnyApi | undefined
  /** Makes the names its own. */
  readonly run: number
  /** What both sides serve. */
  readonly served: Served
}

/** What a script holds in its hand: one cluster, names of its own, and a transcript of what it was answered. */
export class World {
  /** The version that the case is run in. */
  readonly version: number
  private readonly side: Side
  /** undefined: the script is about several. */
  private readonly api: AnyApi | undefined
  private readonly served: Served
  private readonly tag: string
  private readonly began: number
  private readonly normalizer: Normalizer
  private readonly seen: Seen[] = []
  private readonly clients: Clients
  private readonly first: Client

  constructor(side: Side, version: number, options: WorldOptions) {
    this.side = side
    this.api = options.api
    this.version = version
    this.served = options.served
    this.clients = new Clients(side)
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
  client(nodeId = 1, clientId = CLIENT_ID): Client {
    return this.clients.open(nodeId, clientId)
  }

  /** A connection to a broker: the same each time. */
  clientTo(nodeId: number): Client {
    return this.clients.to(nodeId, CLIENT_ID)
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

  /**
   * Asks the same in each version that both sides serve, one after the other, and has all answers compared.
   * @param body what is asked, where it is another in each version
   */
  async askEach<Request, Response>(
    api: Api<Request, Response>,
    body: Input<Request> | ((version: number) => Input<Request>),
    { as, versions = this.versions(api), ...options }: EachOptions<Response>,
  ): Promise<void> {
    for (let version = versions.min; version <= versions.max; version++) {
      const asked = typeof body === 'function' ? (body as (version: number) => Input<Request>)(version) : body
      await this.ask(api, asked, { ...options, as, version })
    }
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
    const other = this.isOwn(api) && version === this.version ? '' : ` v${version}`
    const place = this.seen.length
    const request = `${api.name}${other}${as === undefined ? '' : `: ${as}`}`
    const sending = new Sending()
    this.seen.push({ request, outcome: () => 'no answer' })
    const answer = this.clients.exchange(api, version, body, from, sending).then((came) => {
      // While brokers come and go anything may take its time: in a scenario what waits is what was seen to be held.
      const waits = (came.waited && this.api !== undefined) || sending.wasHeld
      this.seen[place] = { request, outcome: seenOf(api, came, telling), ...(waits && { waits }) }
      return came.body
    })
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
    const wire = await this.clients.wire(this.first)
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
    const isHeld = !sending.hasArrived
    if (isHeld) sending.wasHeld = true
    this.note(as, isHeld ? 'held' : 'answered')
    return isHeld
  }

  /** Sends a request that has no answer (Produce with acks=0). */
  async tell<Request>(
    api: Api<Request, unknown>,
    body: Input<Request>,
    { from = this.first }: AskOptions = {},
  ): Promise<void> {
    await this.clients.tell(api, this.versionFor(api), body, from)
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
    const answer = this.clients.exchange(api, version, body, from, sending).then(({ body: answered, instead }) => {
      if (answered !== undefined) return answered
      throw new Error(`${this.side.name}: ${api.name} v${version}: ${instead}`)
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
    await createTopics(this, shapes)
    await this.side.settled()
    const names = Object.keys(shapes) as Name[]
    const made = await Promise.all(names.map(async (name) => [name, await this.led(this.name(name))] as const))
    return Object.fromEntries(made) as Record<Name, Topic>
  }

  /** Waits until a topic that was made can be written to at its leaders. */
  async ready(name: string): Promise<Topic> {
    await this.side.settled()
    return this.led(name)
  }

  private async led(name: string): Promise<Topic> {
    const topic = await led(this, name)
    this.normalizer.name(topic.topicId, name)
    return topic
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

  /** Shuts a broker down in order. Done when all others know that it has gone. */
  stop(nodeId: number): Promise<void> {
    return this.side.stopBroker(nodeId)
  }

  /** Ends a broker as a crash would. Done when it is held for dead, and all others know that. */
  kill(nodeId: number): Promise<void> {
    return this.side.killBroker(nodeId)
  }

  /** Starts a broker with what it had. Done when all that run know of each other; what it follows it may not have yet. */
  start(nodeId: number): Promise<void> {
    return this.side.startBroker(nodeId)
  }

  /** Has a broker stand still until {@link resume}: it takes requests and answers none. */
  pause(nodeId: number): Promise<void> {
    return this.side.pauseBroker(nodeId)
  }

  /** Waits until a broker that stands still is held for dead, and all others know that. */
  heldForDead(nodeId: number): Promise<void> {
    return this.side.heldForDead(nodeId)
  }

  /** Has a broker go on. Done when all that run know of each other. */
  resume(nodeId: number): Promise<void> {
    return this.side.resumeBroker(nodeId)
  }

  /** Ends a connection, as a client that dies. */
  async leave(client: Client): Promise<void> {
    this.clients.end(client)
    await this.side.quiet()
  }

  /** Ends all connections. */
  close(): void {
    this.clients.close()
  }

  private isOwn(api: Versioned): boolean {
    return api.key === this.api?.key
  }

  private versionFor(api: Versioned): number {
    return this.isOwn(api) ? this.version : this.highest(api)
  }
}

/** What a transcript says of what came of a request. */
function seenOf<Request, Response>(
  api: Api<Request, Response>,
  { body, instead }: Outcome<Response>,
  telling: (answer: Response) => Response,
): Seen['outcome'] {
  if (body === undefined || instead !== undefined) return () => instead
  const told = telling(body) as object
  return (normalizer) => normalizer.answer(api as unknown as AnyApi, told)
}
