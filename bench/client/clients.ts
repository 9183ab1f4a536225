import { dirname, join } from 'node:path'
import { compiledNodeProgram } from '../../conformance/clients/install-node.ts'
import type { Guard } from '../../conformance/guard.ts'
import { buildOf } from '../build.ts'
import type { Command } from '../peers/process.ts'
import { TaskProcess } from '../peers/task-process.ts'
import type { Task } from './task.ts'

/** How long a program may take for a task: many times what the slowest needs on a busy machine. */
const PATIENCE_MS = 900_000

const house = join(import.meta.dirname, '../..')

export type ClientName = 'memkafka' | 'kafkajs' | 'platformatic' | 'rdkafka' | 'confluent'

/** A client that is measured. */
export interface ClientKind {
  readonly name: ClientName
  /** What heads its column. */
  readonly title: string
  /** Makes its program ready. @throws Error that says why it cannot be run here */
  install(): Promise<Command>
}

/** memkafka's own first. */
export const clientKinds: readonly ClientKind[] = [
  {
    name: 'memkafka',
    title: 'memkafka',
    install: async () => {
      const { from } = buildOf(house)
      const entry = join(house, from, 'client', from === 'dist' ? 'index.js' : 'index.ts')
      return program('memkafka', `file://${entry}`)
    },
  },
  { name: 'kafkajs', title: 'kafkajs', install: async () => program('kafkajs') },
  { name: 'platformatic', title: 'platformatic', install: async () => program('platformatic') },
  { name: 'rdkafka', title: 'node-rdkafka', install: () => compiled('rdkafka.js', 'node-rdkafka') },
  { name: 'confluent', title: 'confluent', install: () => compiled('confluent.js', '@confluentinc/kafka-javascript') },
]

function program(name: string, ...args: string[]): Command {
  const file = join(import.meta.dirname, 'programs', `${name}.ts`)
  return { file: process.execPath, args: ['--no-warnings', '--expose-gc', file, ...args] }
}

/** As the conformance runs compile it, apart from this repository's own packages: for a Node.js that has its headers here. */
async function compiled(theirs: string, client: string): Promise<Command> {
  const { file, args } = await compiledNodeProgram(theirs, client)
  const folder = dirname(args[0] as string)
  return { file, args: [join(import.meta.dirname, 'programs/librdkafka.js'), folder, client] }
}

/** A client's program as it runs: it does one task after the other. */
export class Client {
  readonly name: string
  private readonly command: Command
  private readonly guard: Guard
  private process: TaskProcess

  constructor(name: string, command: Command, guard: Guard) {
    this.name = name
    this.command = command
    this.guard = guard
    this.process = this.start()
  }

  /** Ends its program, if it has not ended, and starts it again. */
  async restart(): Promise<void> {
    await this.stop()
    this.process = this.start()
  }

  /**
   * Has it do a task.
   * @param died ends when the broker does
   * @throws Error with one line, when the client fails, hangs or ends, or the broker ends
   */
  do(task: Task, died: Promise<Error>): Promise<readonly number[]> {
    return this.process.do(task, `${this.name}, ${task.task}`, died)
  }

  stop(): Promise<void> {
    return this.process.stop()
  }

  private start(): TaskProcess {
    return new TaskProcess(this.name, this.command, this.guard, PATIENCE_MS)
  }
}
