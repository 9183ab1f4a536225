import { createInterface } from 'node:readline'
import type { TaskAnswer } from '../../peers/task.ts'
import type { Task } from '../task.ts'

/** What a program can do. */
export type Tasks = Partial<Record<Task['task'], (task: Task) => Promise<readonly number[]>>>

/**
 * Does tasks until the standard input ends: each is a line of JSON, and its figures, or why there are none, a line at the standard output.
 */
export async function serve(tasks: Tasks): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    process.stdout.write(`${JSON.stringify(await answer(tasks, JSON.parse(line) as Task))}\n`)
  }
}

async function answer(tasks: Tasks, task: Task): Promise<TaskAnswer> {
  try {
    const doIt = tasks[task.task]
    if (doIt === undefined) throw new Error(`this program knows no task ${task.task}`)
    return { values: await doIt(task) }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

/** Records a second. */
export function rate(records: number, ms: number): number {
  return (records / ms) * 1000
}

/** Counts what is consumed, from the first that comes on: joining a group is not what is measured. */
export class Tally {
  readonly done: Promise<readonly number[]>
  private readonly task: Task
  private resolve: (values: readonly number[]) => void = () => {}
  private reject: (error: Error) => void = () => {}
  private records = 0
  private bytes = 0
  private begun = 0
  private before = 0

  constructor(task: Task) {
    this.task = task
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** @param bytes of the values */
  add(records: number, bytes: number): void {
    if (this.records === 0) {
      this.begun = performance.now()
      this.before = records
    }
    this.records += records
    this.bytes += bytes
    if (this.records < this.task.records) return
    const expected = this.task.records * this.task.recordBytes
    if (this.bytes !== expected) this.reject(new Error(`${this.bytes} bytes came, not ${expected}`))
    else this.resolve([rate(this.records - this.before, performance.now() - this.begun)])
  }

  readonly fail = (error: Error): void => this.reject(error)
}

/**
 * Sends records in batches, some at once, one partition after the other.
 * @param send resolves when a batch is acknowledged
 * @returns records a second
 */
export async function inBatches(
  { records, partitions }: Task,
  { batch, inFlight }: { readonly batch: number; readonly inFlight: number },
  send: (partition: number, count: number) => Promise<unknown>,
): Promise<readonly number[]> {
  let left = records
  let turn = 0
  const sendUntilNoneIsLeft = async (): Promise<void> => {
    while (left > 0) {
      const count = Math.min(batch, left)
      left -= count
      await send(turn++ % partitions, count)
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: inFlight }, sendUntilNoneIsLeft))
  return [rate(records, performance.now() - begun)]
}
