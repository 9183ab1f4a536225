import { decodeResponse, encodeResponse } from '../../src/protocol/frame.ts'
import type { Api, Input } from '../../src/protocol/message.ts'
import { WireClient } from '../../test/wire-client.ts'
import { fitted } from './fitted.ts'
import type { Side } from './side.ts'

/** How long an answer may take, ms of the side's time; what a script has to wait for is shorter by far. */
export const LIMIT_MS = 8000

/** A connection of its own. */
export interface Client {
  readonly clientId: string
  readonly nodeId: number
}

/** A request under way. */
export class Sending {
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

/** What came of a request. */
export interface Outcome<Response> {
  /** The answer; undefined when there was none. */
  readonly body?: Response
  /** What stands for the answer in a transcript where there was none, or where it is not what it seems. */
  readonly instead?: unknown
  /** Whether time had to pass before it came. */
  readonly waited: boolean
}

interface OpenClient extends Client {
  wire: WireClient | undefined
  /** Several requests may be sent at once before there is a connection. */
  connecting?: Promise<WireClient> | undefined
}

/** The connections of one script. Each is made when it is used first, and again when it was closed. */
export class Clients {
  private readonly side: Side
  private readonly all: OpenClient[] = []

  constructor(side: Side) {
    this.side = side
  }

  /** Another connection. */
  open(nodeId: number, clientId: string): Client {
    const client: OpenClient = { nodeId, clientId, wire: undefined }
    this.all.push(client)
    return client
  }

  /** Any connection to a broker. */
  to(nodeId: number, clientId: string): Client {
    return this.all.find((client) => client.nodeId === nodeId) ?? this.open(nodeId, clientId)
  }

  async wire(client: Client): Promise<WireClient> {
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

  /** Sends a request, without the fields that its version does not have, and waits for what comes of it. */
  async exchange<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Input<Request>,
    client: Client,
    sending: Sending,
  ): Promise<Outcome<Response>> {
    const wire = await this.wire(client)
    const sent = wire.exchange(api, version, fittedTo(api, body, version), client.clientId)
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
      return { instead: 'closed', waited: false }
    }
    if (answer === undefined) {
      wire.close()
      return { instead: 'no answer', waited: true }
    }
    const { frame } = answer
    const { correlationId, body: decoded } = decodeResponse(api, version, frame)
    if (correlationId !== answer.correlationId) throw new Error(`${this.side.name}: an answer to another request`)
    // What decodes and encodes to other bytes has something in it that the comparison would not see.
    const again = Buffer.concat(encodeResponse(api, version, correlationId, decoded as Input<Response>)).subarray(4)
    const isWhole = again.equals(frame)
    return { body: decoded, waited, ...(!isWhole && { instead: { unreadable: frame.toString('hex') } }) }
  }

  /** Sends a request that has no answer. */
  async tell<Request>(
    api: Api<Request, unknown>,
    version: number,
    body: Input<Request>,
    client: Client,
  ): Promise<void> {
    const wire = await this.wire(client)
    wire.post(api, version, fittedTo(api, body, version), client.clientId)
  }

  /** Ends a connection, as a client that dies. */
  end(client: Client): void {
    ;(client as OpenClient).wire?.close()
  }

  /** Ends all connections. */
  close(): void {
    for (const client of this.all) this.end(client)
  }
}

function fittedTo<Request>(api: Api<Request, unknown>, body: Input<Request>, version: number): Input<Request> {
  return fitted(api.request.fields, body as Record<string, unknown>, version) as Input<Request>
}
