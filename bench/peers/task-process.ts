import { createInterface, type Interface } from 'node:readline'
import type { Guard } from '../../conformance/guard.ts'
import { type Command, PeerProcess } from './process.ts'
import type { TaskAnswer } from './task.ts'

/** A program as it runs that does one task after the other: each is told, and answered, in a line of JSON. */
export class TaskProcess {
  private readonly patienceMs: number
  private readonly process: PeerProcess
  private readonly lines: Interface

  /**
   * @param name what it is called when it fails
   * @param patienceMs how long it may take for a task
   */
  constructor(name: string, command: Command, guard: Guard, patienceMs: number) {
    this.patienceMs = patienceMs
    this.process = new PeerProcess(name, command, guard)
    this.lines = createInterface(this.process.output)
  }

  /**
   * Has it do a task.
   * @param what the task is called when it fails
   * @param died ends when the broker does
   * @throws Error with one line, when the program fails, hangs or ends, or the broker ends
   */
  async do(task: object, what: string, died: Promise<Error>): Promise<readonly number[]> {
    const { patienceMs } = this
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
          late = setTimeout(() => resolve(new Error(`no answer after ${patienceMs / 1000} s`)), patienceMs)
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
