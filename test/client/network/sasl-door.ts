import { createHash, createHmac } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { MemorySocket } from '../../../src/broker/network/memory-socket.ts'
import { scramKeys } from '../../../src/client/network/sasl/scram.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { decodeRequestHeader, decodeResponse, encodeResponse } from '../../../src/protocol/frame.ts'
import { FrameAssembler } from '../../../src/protocol/frame-assembler.ts'
import { ApiVersions } from '../../../src/protocol/messages/api-versions.ts'
import { SaslAuthenticate } from '../../../src/protocol/messages/sasl-authenticate.ts'
import { SaslHandshake } from '../../../src/protocol/messages/sasl-handshake.ts'

export type Scram = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

/** Whom a door lets through, and what it does wrong. */
export interface DoorOptions {
  /** As Kafka's `sasl.enabled.mechanisms`. Default: all there are. */
  readonly mechanisms?: readonly string[]
  /** Passwords by user, of PLAIN and SCRAM. */
  readonly users?: Readonly<Record<string, string>>
  /** Tokens of OAUTHBEARER that are good. */
  readonly tokens?: readonly string[]
  /** Of SCRAM. Default: 4096. */
  readonly iterations?: number
  /** `connections.max.reauth.ms` (KIP-368). Default: 0, never. */
  readonly sessionLifetimeMs?: number
  /** The newest version of SaslHandshake; 0 for a broker that is older than SaslAuthenticate. */
  readonly handshake?: 0 | 1
  /** Changes a token before it is sent. `turn` counts the client's tokens from 1. */
  readonly tamper?: (token: Buffer, turn: number) => Buffer
  /** Hangs up instead of answering that token of the client. */
  readonly hangUpAt?: number
  /** Is told each token of the client. */
  readonly heard?: (token: Buffer) => void
}

/** The server's side of a mechanism: what it answers, and whether that is the end of it. */
export type Server = (token: Buffer) => { answer: Buffer; done?: boolean } | { refusal: string }

/**
 * A door before a broker: SASL first, then everything passes. It stands for a broker's SASL_PLAINTEXT listener: before
 * authentication it passes ApiVersions on and hangs up on anything else.
 *
 * @param broker a stream to the broker, as from `cluster.connect()`
 * @returns the client's end
 */
export function saslDoor(broker: Duplex, options: DoorOptions): Duplex {
  const [client, near] = MemorySocket.pair()
  new Door(near, broker, options)
  return client
}

class Door {
  private readonly near: Duplex
  private readonly broker: Duplex
  private readonly options: DoorOptions
  private readonly incoming = new FrameAssembler(1 << 24)
  private readonly outgoing = new FrameAssembler(1 << 30)
  private server: Server | undefined
  private raw = false
  private open = false
  private turn = 0
  /** The versions of ApiVersions requests whose answers are to come. */
  private readonly versions = new Map<number, number>()

  constructor(near: Duplex, broker: Duplex, options: DoorOptions) {
    this.near = near
    this.broker = broker
    this.options = options
    near.on('data', (chunk: Buffer) => this.hear(chunk))
    broker.on('data', (chunk: Buffer) => this.tell(chunk))
    near.on('error', () => {}).on('close', () => broker.destroy())
    broker.on('error', () => {}).on('close', () => near.destroy())
  }

  private get mechanisms(): readonly string[] {
    return this.options.mechanisms ?? ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']
  }

  private hear(chunk: Buffer): void {
    this.incoming.push(chunk)
    for (let frame = this.incoming.next(); frame !== undefined; frame = this.incoming.next()) {
      if (this.raw && !this.open) this.hearRaw(frame)
      else this.hearRequest(frame)
    }
  }

  private hearRequest(frame: Buffer): void {
    const { requestApiKey, requestApiVersion: version, correlationId, bodyOffset } = decodeRequestHeader(frame)
    if (requestApiKey === SaslHandshake.key) {
      const { mechanism } = SaslHandshake.request.decode(frame, version, bodyOffset)
      const known = this.mechanisms.includes(mechanism)
      this.server = known ? this.serverOf(mechanism) : undefined
      this.raw = version === 0
      const errorCode = known ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_SASL_MECHANISM
      this.answer(
        encodeResponse(SaslHandshake, version, correlationId, { errorCode, mechanisms: [...this.mechanisms] }),
      )
    } else if (requestApiKey === SaslAuthenticate.key && this.server !== undefined) {
      const result = this.step(SaslAuthenticate.request.decode(frame, version, bodyOffset).authBytes)
      if (result === undefined) return
      const { sessionLifetimeMs = 0 } = this.options
      const body =
        'refusal' in result
          ? { errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage: result.refusal }
          : { authBytes: result.answer, ...(result.done && version > 0 && { sessionLifetimeMs }) }
      this.answer(encodeResponse(SaslAuthenticate, version, correlationId, body))
    } else if (this.open || requestApiKey === ApiVersions.key) {
      if (requestApiKey === ApiVersions.key) this.versions.set(correlationId, version)
      this.broker.write(framed(frame))
    } else {
      this.near.destroy()
    }
  }

  private hearRaw(token: Buffer): void {
    const result = this.step(token)
    if (result === undefined || 'refusal' in result) this.near.destroy()
    else this.near.write(framed(result.answer))
  }

  private step(token: Buffer): ReturnType<Server> | undefined {
    this.turn++
    this.options.heard?.(token)
    if (this.options.hangUpAt === this.turn || this.server === undefined) {
      this.near.destroy()
      return undefined
    }
    const result = this.server(token)
    if ('refusal' in result) return result
    if (result.done) this.open = true
    return { ...result, answer: this.options.tamper?.(result.answer, this.turn) ?? result.answer }
  }

  private serverOf(mechanism: string): Server {
    const { users = {}, tokens = [], iterations = 4096 } = this.options
    if (mechanism === 'PLAIN') return plainServer(users)
    if (mechanism === 'OAUTHBEARER') return bearerServer(tokens)
    return scramServer(mechanism as Scram, users, iterations)
  }

  private answer(slices: Buffer[]): void {
    this.near.write(Buffer.concat(slices))
  }

  private tell(chunk: Buffer): void {
    this.outgoing.push(chunk)
    for (let frame = this.outgoing.next(); frame !== undefined; frame = this.outgoing.next()) {
      const version = this.versions.get(frame.readInt32BE(0))
      if (version === undefined) this.near.write(framed(frame))
      else this.tellVersions(frame, version)
    }
  }

  /** What the broker serves, and what the door does. */
  private tellVersions(frame: Buffer, version: number): void {
    const { correlationId, body } = decodeResponse(ApiVersions, version, frame)
    this.versions.delete(correlationId)
    const { handshake = 1 } = this.options
    const own = [{ apiKey: SaslHandshake.key, minVersion: 0, maxVersion: handshake as number }]
    if (handshake > 0) own.push({ apiKey: SaslAuthenticate.key, minVersion: 0, maxVersion: 2 })
    const others = body.apiKeys.filter(({ apiKey }) => own.every((api) => api.apiKey !== apiKey))
    this.answer(encodeResponse(ApiVersions, version, correlationId, { ...body, apiKeys: [...others, ...own] }))
  }
}

function framed(bytes: Buffer): Buffer {
  const length = Buffer.allocUnsafe(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const REFUSED = 'Authentication failed during authentication due to invalid credentials with SASL mechanism'

function plainServer(users: Readonly<Record<string, string>>): Server {
  return (token) => {
    const [authzid, user = '', password] = token.toString().split('\0')
    if (users[user] === undefined || users[user] !== password) {
      return { refusal: 'Authentication failed: Invalid username or password' }
    }
    if (authzid !== '' && authzid !== user) {
      return { refusal: 'Authentication failed: Client requested an authorization id that is different from username' }
    }
    return { answer: Buffer.alloc(0), done: true }
  }
}

function bearerServer(tokens: readonly string[]): Server {
  let refused = false
  return (message) => {
    if (refused && message.equals(Buffer.from([1]))) return { refusal: '{"status":"invalid_token"}' }
    const [header, auth = '', ...pairs] = message.toString().split('\x01')
    const wellFormed = header === 'n,,' && pairs.splice(-2).join() === ',' && pairs.every((pair) => pair.includes('='))
    const token = wellFormed ? /^auth=Bearer (.+)$/.exec(auth)?.[1] : undefined
    if (token !== undefined && tokens.includes(token)) return { answer: Buffer.alloc(0), done: true }
    refused = true
    return { answer: Buffer.from('{"status":"invalid_token"}') }
  }
}

/** The server's side of SCRAM, written from RFC 5802, sharing no more with the client than the keys, which have vectors of their own. */
export function scramServer(mechanism: Scram, users: Readonly<Record<string, string>>, iterations: number): Server {
  const algorithm = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  const salt = Buffer.from('a salt of its own')
  let first: { bare: string; answer: string; user: string } | undefined
  return (token) => {
    const message = token.toString()
    if (first === undefined) {
      const [, , name = '', nonce = ''] = message.split(',')
      const user = name.slice(2).replaceAll('=2C', ',').replaceAll('=3D', '=')
      const answer = `${nonce}and-the-servers,s=${salt.toString('base64')},i=${iterations}`
      first = { bare: `${name},${nonce}`, answer, user }
      return { answer: Buffer.from(answer) }
    }
    const proofAt = message.lastIndexOf(',p=')
    const keys = scramKeys(algorithm, users[first.user] ?? 'nobody knows', salt, iterations)
    const authMessage = `${first.bare},${first.answer},${message.slice(0, proofAt)}`
    const signature = createHmac(algorithm, keys.storedKey).update(authMessage).digest()
    const clientKey = Buffer.from(message.slice(proofAt + 3), 'base64').map((byte, i) => byte ^ (signature[i] ?? 0))
    const known = users[first.user] !== undefined
    if (!known || !createHash(algorithm).update(clientKey).digest().equals(keys.storedKey)) {
      return { refusal: `${REFUSED} ${mechanism}` }
    }
    const serverSignature = createHmac(algorithm, keys.serverKey).update(authMessage).digest('base64')
    return { answer: Buffer.from(`v=${serverSignature}`), done: true }
  }
}
