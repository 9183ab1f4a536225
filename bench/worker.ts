import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

interface Told {
  readonly result?: unknown
  readonly failure?: string
}

/** A process that measures, or is measured, and does one thing after the other as it is asked. */
export class Worker {
  private readonly child: ChildProcess

  private constructor(child: ChildProcess) {
    this.child = child
  }

  /**
   * Starts `workers/<name>.ts`, and waits until it is ready.
   * @param nodeOptions flags of Node's for it
   */
  static async start(name: string, args: readonly (string | number)[], nodeOptions: string[] = []): Promise<Worker> {
    const script = fileURLToPath(new URL(`workers/${name}.ts`, import.meta.url))
    const child = fork(script, args.map(String), {
      execArgv: [...process.execArgv, ...nodeOptions],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const worker = new Worker(child)
    await worker.told()
    return worker
  }

  /** Has it do what it does under that name. */
  async ask<Result>(what: string): Promise<Result> {
    this.child.send(what)
    return (await this.told()) as Result
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return
    this.child.disconnect()
    await once(this.child, 'exit')
  }

  private told(): Promise<unknown> {
    const { child } = this
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`a worker ended with exit code ${code}`))
      child.once('exit', onExit)
      child.once('message', ({ result, failure }: Told) => {
        child.off('exit', onExit)
        if (failure === undefined) resolve(result)
        else reject(new Error(failure))
      })
    })
  }
}

/** Microseconds of processor time that this process has taken so far, all its threads together. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** The worker's side: says that it is ready, and answers until its parent has had enough. */
export function answer(
  tasks: Readonly<Record<string, () => unknown>>,
  end: () => Promise<void> = async () => {},
): void {
  process.on('message', async (what: string) => {
    try {
      const task = tasks[what]
      if (task === undefined) throw new Error(`a worker that cannot ${what}`)
      process.send?.({ result: await task() } satisfies Told)
    } catch (error) {
      process.send?.({
        failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
      } satisfies Told)
    }
  })
  process.on('disconnect', () => void end())
  process.send?.({} satisfies Told)
}
