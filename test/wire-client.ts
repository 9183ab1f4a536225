import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { decodeResponse, encodeRequest } from '../src/protocol/frame.ts'
import { FrameAssembler } from '../src/protocol/frame-assembler.ts'
import type { Api, Input } from '../src/protocol/message.ts'

const MAX_RESPONSE_BYTES = 1 << 30

/** The least that can be called a client: requests go out as they are given, responses come back in order. */
export class WireClient {
  readonly stream: Duplex
  private readonly frames = new FrameAssembler(MAX_RESPONSE_BYTES)
  private readonly waiting: { resolve: (frame: Buffer) => void; reject: (error: Error) => void }[] = []
  private correlationId = 0

  constructor(stream: Duplex) {
    this.stream = stream
    stream.on('data', (chunk: Buffer) => {
      this.frames.push(chunk)
      for (let frame = this.frames.next(); frame !== undefined; frame = this.frames.next()) {
        this.waiting.shift()?.resolve(frame)
      }
    })
    stream.on('error', () => {})
    stream.on('close', () => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error('the connection was closed'))
    })
  }

  /** Connects over TCP. */
  static async to(bootstrapServer: string): Promise<WireClient> {
    const at = bootstrapServer.lastIndexOf(':')
    const socket: Socket = connect({
      host: bootstrapServer.slice(0, at),
      port: Number(bootstrapServer.slice(at + 1)),
      noDelay: true,
    })
    await once(socket, 'connect')
    return new WireClient(socket)
  }

  /** Sends a request and waits for its response. Rejects when the connection is closed instead. */
  async send<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Input<Request>,
    clientId = 'wire-client',
  ): Promise<Response> {
    const { correlationId, frame } = await this.exchange(api, version, body, clientId)
    const response = decodeResponse(api, version, frame)
    if (response.correlationId !== correlationId) {
      throw new Error(`an answer to request ${response.correlationId} where ${correlationId} was due`)
    }
    return response.body
  }

  /** Sends a request and waits for the frame of its response, which begins with the header. */
  async exchange<Request>(
    api: Api<Request, unknown>,
    version: number,
    body: Input<Request>,
    clientId = 'wire-client',
  ): Promise<{ correlationId: number; frame: Buffer }> {
    const correlationId = this.post(api, version, body, clientId)
    return { correlationId, frame: await this.nextFrame() }
  }

  /** Sends bytes as they are, after their length, and waits for the frame that comes back. */
  exchangeFrame(bytes: Buffer): Promise<Buffer> {
    const length = Buffer.alloc(4)
    length.writeInt32BE(bytes.length)
    this.stream.write(Buffer.concat([length, bytes]))
    return this.nextFrame()
  }

  private nextFrame(): Promise<Buffer> {
    return new Promise<Buffer>((resolve, reject) => {
      this.waiting.push({ resolve, reject })
    })
  }

  /** Sends a request that is not answered. Returns its correlation id. */
  post<Request>(api: Api<Request, unknown>, version: number, body: Input<Request>, clientId = 'wire-client'): number {
    const correlationId = this.correlationId++
    this.stream.cork()
    for (const slice of encodeRequest(api, version, { correlationId, clientId }, body)) this.stream.write(slice)
    this.stream.uncork()
    return correlationId
  }

  close(): void {
    this.stream.destroy()
  }
}
