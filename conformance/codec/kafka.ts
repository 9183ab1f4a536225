import { type ChildProcess, spawn } from 'node:child_process'
import { type CompressionType, compressionTypes, type Magic } from '../../src/protocol/records/batch-layout.ts'
import { javaArguments, type Release } from './java.ts'

/** A message class of Kafka's. */
export interface KafkaMessage {
  readonly name: string
  readonly lowest: number
  readonly highest: number
  /** Of an API, or the type of a record; -1 for what has neither. */
  readonly apiKey: number
  /** What stands before its bytes: see KafkaMessage.java. */
  readonly framing: 'PLAIN' | 'KEY' | 'VALUE' | 'METADATA'
}

/** Which headers Kafka gives a version of an API. */
export interface KafkaHeaders {
  readonly api: string
  readonly key: number
  readonly version: number
  readonly request: number
  readonly response: number
}

/** What Kafka made of one message or record set: its bytes and what it says of them, or what it threw. */
export type Answer = { readonly bytes: Buffer; readonly text: string } | { readonly error: string }

const READ_MESSAGES = 1
const MAKE_MESSAGES = 2
const READ_RECORDS = 3
const MAKE_RECORDS = 4

interface Waiting {
  resolve(answer: Buffer): void
  reject(error: Error): void
}

/**
 * Kafka's own classes of one release, in a process of their own. Questions and answers go by in turn, each behind its length
 * in four bytes; an answer is a list of entries, in the order of what was asked:
 *
 *     entry: int8 failed, int32 + bytes, int32 + text
 */
export class Kafka {
  readonly release: Release
  readonly messages: ReadonlyMap<string, KafkaMessage>
  readonly headers: readonly KafkaHeaders[]
  readonly #indexes: ReadonlyMap<string, number>
  readonly #connection: Connection

  private constructor(release: Release, connection: Connection, contents: Buffer) {
    const { messages, headers } = JSON.parse(contents.toString()) as {
      messages: readonly KafkaMessage[]
      headers: readonly KafkaHeaders[]
    }
    this.release = release
    this.messages = new Map(messages.map((message) => [message.name, message]))
    this.headers = headers
    this.#indexes = new Map(messages.map(({ name }, index) => [name, index]))
    this.#connection = connection
  }

  static async start(release: Release): Promise<Kafka> {
    const connection = new Connection(await javaArguments(release, 'Codec'))
    return new Kafka(release, connection, await connection.next())
  }

  /** Has the process end, and waits for it. */
  stop(): Promise<void> {
    return this.#connection.close()
  }

  /** Decodes these and encodes them again. The text is Kafka's JSON. */
  async readMessages(name: string, version: number, messages: readonly Buffer[]): Promise<Answer[]> {
    const head = Buffer.alloc(9)
    head.writeInt8(READ_MESSAGES, 0)
    head.writeInt16BE(this.#index(name), 1)
    head.writeInt16BE(version, 3)
    head.writeInt32BE(messages.length, 5)
    return entries(await this.#connection.ask([head, ...messages.flatMap(sized)]))
  }

  /** Makes so many random messages of a seed. The text is Kafka's JSON. */
  async makeMessages(name: string, version: number, seed: number, count: number): Promise<Answer[]> {
    const head = Buffer.alloc(17)
    head.writeInt8(MAKE_MESSAGES, 0)
    head.writeInt16BE(this.#index(name), 1)
    head.writeInt16BE(version, 3)
    head.writeBigInt64BE(BigInt(seed), 5)
    head.writeInt32BE(count, 13)
    return entries(await this.#connection.ask([head]))
  }

  /** Tells what it reads in these record sets; the answers have no bytes. */
  async readRecords(sets: readonly Buffer[]): Promise<Answer[]> {
    const head = Buffer.alloc(5)
    head.writeInt8(READ_RECORDS, 0)
    head.writeInt32BE(sets.length, 1)
    return entries(await this.#connection.ask([head, ...sets.flatMap(sized)]))
  }

  /** Builds so many random record sets of a seed, and tells what it reads in them. */
  async makeRecords(magic: Magic, codec: CompressionType, seed: number, count: number): Promise<Answer[]> {
    const head = Buffer.alloc(15)
    head.writeInt8(MAKE_RECORDS, 0)
    head.writeInt8(magic, 1)
    head.writeInt8(compressionTypes.indexOf(codec), 2)
    head.writeBigInt64BE(BigInt(seed), 3)
    head.writeInt32BE(count, 11)
    return entries(await this.#connection.ask([head]))
  }

  #index(name: string): number {
    const index = this.#indexes.get(name)
    if (index === undefined) throw new RangeError(`Kafka ${this.release} has no message ${name}`)
    return index
  }
}

/** The pipes to the process: answers come in the order of the questions. */
class Connection {
  readonly #process: ChildProcess & { stdin: NonNullable<ChildProcess['stdin']> }
  readonly #waiting: Waiting[] = []
  readonly #early: Buffer[] = []
  readonly #ended: Promise<void>
  #chunks: Buffer[] = []
  #size = 0
  #failure: Error | undefined

  constructor(args: readonly string[]) {
    const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process = child
    child.stdout.on('data', (chunk: Buffer) => this.#take(chunk))
    child.stdin.on('error', (error) => this.#fail(error))
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#fail(error)
        resolve()
      })
      child.on('close', (code, signal) => {
        this.#fail(new Error(`the program with Kafka's classes ended with ${signal ?? code}`))
        resolve()
      })
    })
  }

  ask(question: readonly Buffer[]): Promise<Buffer> {
    const length = Buffer.alloc(4)
    length.writeInt32BE(question.reduce((sum, piece) => sum + piece.length, 0))
    this.#process.stdin.write(Buffer.concat([length, ...question]))
    return this.next()
  }

  /** The next answer that nobody waits for. */
  next(): Promise<Buffer> {
    const early = this.#early.shift()
    if (early !== undefined) return Promise.resolve(early)
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  close(): Promise<void> {
    this.#process.stdin.end()
    return this.#ended
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (this.#size >= 4) {
      if ((this.#chunks[0] as Buffer).length < 4) this.#chunks = [Buffer.concat(this.#chunks)]
      const length = (this.#chunks[0] as Buffer).readInt32BE(0)
      if (this.#size < 4 + length) return
      const bytes = Buffer.concat(this.#chunks)
      this.#chunks = [bytes.subarray(4 + length)]
      this.#size -= 4 + length
      const answer = bytes.subarray(4, 4 + length)
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#early.push(answer)
      else waiting.resolve(answer)
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
  }
}

function sized(bytes: Buffer): Buffer[] {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return [length, bytes]
}

function entries(answer: Buffer): Answer[] {
  const found: Answer[] = []
  let position = 0
  const next = () => {
    const start = position + 4
    position = start + answer.readInt32BE(position)
    return answer.subarray(start, position)
  }
  while (position < answer.length) {
    const failed = answer[position++] !== 0
    const bytes = next()
    const text = next().toString()
    found.push(failed ? { error: text } : { bytes, text })
  }
  return found
}
