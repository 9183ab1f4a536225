import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { stop } from '../children.ts'
import type { Guard } from '../guard.ts'
import { KafkaStartError } from './release.ts'

/** How much of a log is shown when its process died. */
const LAST_LINES = 12

/** A running Java program whose output goes to a file. */
export class NodeProcess {
  private readonly child: ChildProcess
  private readonly logFile: string
  private readonly name: string
  /** Resolves when it has ended: with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>

  private constructor(child: ChildProcess, logFile: string, name: string) {
    this.child = child
    this.logFile = logFile
    this.name = name
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => resolve(code ?? signal ?? 0))
    })
  }

  /** @param name what it is called when it fails */
  static async start(name: string, args: readonly string[], logFile: string, guard: Guard): Promise<NodeProcess> {
    const log = await open(logFile, 'a')
    try {
      // A process group of its own, so that Ctrl-C reaches this process alone, which stops the brokers as is fit.
      const child = spawn('java', args, { detached: true, stdio: ['ignore', log.fd, log.fd] })
      guard.watch(child)
      return new NodeProcess(child, logFile, name)
    } finally {
      await log.close()
    }
  }

  /** Asks it to stop, and ends it when it has not after so long. */
  async stop(signal: 'SIGTERM' | 'SIGKILL', patienceMs: number): Promise<void> {
    await stop(this.child, signal, patienceMs)
  }

  /** Has it stand still, or go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal)
  }

  /** What it said last, for an error that tells of its end. Where in the code an exception came from is left out. */
  async failure(what: string): Promise<KafkaStartError> {
    const lines = (await readFile(this.logFile, 'utf8'))
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('\tat '))
    return new KafkaStartError(`${this.name} ${what}; it said last:\n${lines.slice(-LAST_LINES).join('\n')}`)
  }
}
