import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Guard } from '../../conformance/guard.ts'
import { lacking } from '../../conformance/tools.ts'
import { goProgram } from './go-program.ts'
import { type Command, PeerProcess } from './process.ts'
import type { Task, TaskAnswer } from './task.ts'

/** How long a client may take for a task: many times what the slowest broker needs on a busy machine. */
const PATIENCE_MS = 180_000

/** A client under which brokers are measured. */
export interface ClientKind {
  readonly name: 'kgo' | 'kafkajs'
  /** Why it cannot be run here, in one line; undefined when it can. */
  lacking(): Promise<string | undefined>
  install(): Promise<Command>
}

export const clientKinds: readonly ClientKind[] = [
  { name: 'kgo', lacking: withoutGo, install: () => goProgram('kgo') },
  {
    name: 'kafkajs',
    lacking: async () => undefined,
    install: async () => ({
      file: process.execPath,
      args: [...process.execArgv, '--no-warnings', join(import.meta.dirname, 'kafkajs.ts')],
    }),
  },
]

export function withoutGo(): Promise<string | undefined> {
  return lacking(['go'])
}

/** A client's program as it runs: it does one task after the other. */
export class Client {
  readonly name: string
  private readonly process: PeerProcess
  private readonly lines: Interface

  constructor(name: string, command: Command, guard: Guard) {
    this.name = name
    this.process = new PeerProcess(name, command, guard)
    this.lines = createInterface(this.process.output)
  }

  /**
   * Has it do a task.
   * @param died ends when the broker does
   * @throws Error with one line, when the client fails, hangs or ends, or the broker ends
   */
  async do(task: Task, died: Promise<Error>): Promise<readonly number[]> {
    const what = `${this.name}, ${task.task} at ${task.address}`
    let late: NodeJS.Timeout | undefined
    let onLine = (_line: string): void => {}
    try {
      const answer = await Promise.race([
        new Promise<string>((resolve) => {
          onLine = resolve
          this.lines.once('line', onLine)
          this.process.input.write(`${JSON.stringify(task)}\n`)
        }),
        died,
        this.process.died,
        new Promise<Error>((resolve) => {
          late = setTimeout(() => resolve(new Error(`no answer after ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
        }),
      ])
      if (answer instanceof Error) throw new Error(`${what}: ${answer.message}`)
      const { values, failure } = JSON.parse(answer) as TaskAnswer
      if (failure !== undefined) throw new Error(`${what}: ${failure}`)
      return values ?? []
    } finally {
      clearTimeout(late)
      this.lines.off('line', onLine)
    }
  }

  stop(): Promise<void> {
    return this.process.stop()
  }
}
