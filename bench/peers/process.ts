import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { stop } from '../../conformance/children.ts'
import type { Guard } from '../../conformance/guard.ts'

/** What a program says on its standard error is kept, as far as this: the end of it tells why it ended. */
const KEPT_CHARACTERS = 4000
/** How long a program may take to end in peace. */
const STOP_MS = 5000

/** What starts a program. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

/** A program that runs beside this one, and does not outlive it. */
export class PeerProcess {
  readonly input: Writable
  readonly output: Readable
  /** Ends when the program ends and was not stopped. The error says what it said last. */
  readonly died: Promise<Error>
  private readonly child: ChildProcess
  private said = ''
  private stopped = false

  /** @param name what it is called when it fails */
  constructor(name: string, { file, args }: Command, guard: Guard) {
    this.child = spawn(file, args, { stdio: 'pipe', env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1' } })
    guard.watch(this.child)
    this.input = this.child.stdin as Writable
    this.output = this.child.stdout as Readable
    this.input.on('error', () => {})
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-KEPT_CHARACTERS)
    })
    this.died = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(new Error(`${name} did not start: ${error.message}`)))
      this.child.once('close', (code, signal) => {
        if (!this.stopped) resolve(new Error(`${name} ended (${code ?? signal}) ${this.said.trim()}`.trim()))
      })
    })
  }

  get pid(): number {
    return this.child.pid as number
  }

  async stop(): Promise<void> {
    this.stopped = true
    await stop(this.child, 'SIGTERM', STOP_MS)
  }
}
