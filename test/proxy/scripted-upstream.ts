import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { encodeResponse } from '../../src/protocol/frame.ts'
import { FrameAssembler } from '../../src/protocol/frame-assembler.ts'
import type { Input } from '../../src/protocol/message.ts'
import { ApiVersions, type ApiVersionsResponse } from '../../src/protocol/messages/api-versions.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'

/** What it says to a frame, with its length: bytes to write, `close`, or nothing. */
export type Script = (frame: Buffer, socket: Socket) => Buffer | 'close' | undefined

/** A broker that says what a test has it say, save to whoever asks who it is. */
export class ScriptedUpstream implements AsyncDisposable {
  /** Frames that came, without their lengths. */
  readonly received: Buffer[] = []
  readonly sockets = new Set<Socket>()
  script: Script = () => undefined
  /** Whether it tells nobody of brokers who has not said who he is. */
  wantsSasl = false
  versions: Input<ApiVersionsResponse> = {
    apiKeys: [
      { apiKey: Metadata.key, minVersion: 0, maxVersion: 12 },
      { apiKey: ApiVersions.key, minVersion: 0, maxVersion: 4 },
    ],
  }
  private readonly server = createServer({ noDelay: true }, (socket) => this.serve(socket))
  private isProbed = false

  static async start(): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream()
    upstream.server.listen(0, '127.0.0.1')
    await once(upstream.server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  private serve(socket: Socket): void {
    const frames = new FrameAssembler(1 << 30)
    this.sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
        const answer = this.isProbed ? this.answer(frame, socket) : this.probed(frame)
        if (answer === 'close') socket.end()
        else if (answer !== undefined) socket.write(answer)
      }
    })
  }

  private answer(frame: Buffer, socket: Socket): ReturnType<Script> {
    this.received.push(frame)
    return this.script(frame, socket)
  }

  private probed(frame: Buffer): Buffer | 'close' {
    const [apiKey, version, correlationId] = [frame.readInt16BE(0), frame.readInt16BE(2), frame.readInt32BE(4)]
    if (apiKey === ApiVersions.key) return Buffer.concat(encodeResponse(ApiVersions, 0, correlationId, this.versions))
    this.isProbed = true
    if (this.wantsSasl) return 'close'
    const brokers = [{ nodeId: 7, host: '127.0.0.1', port: this.port }]
    return Buffer.concat(encodeResponse(Metadata, version, correlationId, { brokers, clusterId: 'scripted' }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }
}

/** A frame with its length. */
export function framed(...parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), ...parts])
  bytes.writeInt32BE(bytes.length - 4)
  return bytes
}
