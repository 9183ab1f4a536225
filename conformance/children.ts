import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** What is run, and where. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** What its environment has beside that of this process. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A process with all that it starts: they end together. */
export interface Child {
  readonly stdout: Readable
  /** Why it ended otherwise than with exit code 0; nothing when it did not. */
  readonly ended: Promise<string | undefined>
  /** All that it wrote on its standard error, once it has ended. */
  readonly errors: Promise<string>
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Starts it in a process group of its own. The whole group ends after the limit, and when this process does, be it by a signal:
 * what has no terminal to be interrupted from has to be ended by hand.
 * @param limitMs after which it counts as hung
 */
export function start({ file, args, env, cwd }: Command, limitMs: number): Child {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It is gone already.
    }
  }
  const interrupted = (signal: NodeJS.Signals) => {
    end()
    letGo()
    process.kill(process.pid, signal)
  }
  let hung = false
  const limit = setTimeout(() => {
    hung = true
    end()
  }, limitMs)
  const letGo = () => {
    clearTimeout(limit)
    process.off('exit', end)
    for (const signal of SIGNALS) process.off(signal, interrupted)
  }
  process.on('exit', end)
  for (const signal of SIGNALS) process.on(signal, interrupted)
  // What the program leaves behind would keep its output open, and the end would never be seen.
  child.once('exit', end)
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => {
      if (hung) resolve(`hung: ended after ${Math.round(limitMs / 1000)} s`)
      else resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`)
    })
  }).finally(letGo)
  return { stdout: child.stdout, ended, errors: text(child.stderr) }
}

/** Asks a child to end, and ends it when it has not after so long. Resolves when it is gone. */
export async function stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL', patienceMs: number): Promise<void> {
  const hasEnded = child.exitCode !== null || child.signalCode !== null
  if (child.pid === undefined || hasEnded) return
  const exit = once(child, 'exit')
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  child.kill(signal)
  await exit
  clearTimeout(late)
}

/** A command that did not end well. The message has the last lines that it wrote. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  /** All that it wrote on its standard output: some tell of their errors there. */
  readonly output: string

  constructor(message: string, output: string) {
    super(message)
    this.output = output
  }
}

/**
 * Runs it to its end.
 * @returns what it wrote on its standard output
 * @throws CommandFailed when it fails, or does not end in time
 */
export async function run(command: Command, limitMs = 600_000): Promise<string> {
  const child = start(command, limitMs)
  const [output, failure, errors] = await Promise.all([text(child.stdout), child.ended, child.errors])
  if (failure === undefined) return output
  const said = (errors || output).trim().slice(-2000)
  const what = `${command.file} ${command.args[0] ?? ''} ${failure}`
  throw new CommandFailed(said === '' ? what : `${what}: ${said}`, output)
}
