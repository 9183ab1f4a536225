import { join } from 'node:path'
import type { Guard } from '../../conformance/guard.ts'
import { lacking } from '../../conformance/tools.ts'
import { goProgram } from './go-program.ts'
import type { Command } from './process.ts'
import type { Task } from './task.ts'
import { TaskProcess } from './task-process.ts'

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
  private readonly process: TaskProcess

  constructor(name: string, command: Command, guard: Guard) {
    this.name = name
    this.process = new TaskProcess(name, command, guard, PATIENCE_MS)
  }

  /**
   * Has it do a task.
   * @param died ends when the broker does
   * @throws Error with one line, when the client fails, hangs or ends, or the broker ends
   */
  do(task: Task, died: Promise<Error>): Promise<readonly number[]> {
    return this.process.do(task, `${this.name}, ${task.task} at ${task.address}`, died)
  }

  stop(): Promise<void> {
    return this.process.stop()
  }
}
