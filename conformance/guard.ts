import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Told of process ids on its standard input, a line with all that are alive each time it changes, it waits for the end of it,
 * which comes when this process ends, in whichever way: then it ends them and removes the folder.
 */
const SCRIPT =
  'pids=; while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -KILL $pids 2>/dev/null; rm -rf -- "$0"'

/**
 * Sees to it that no child outlives this process, and that its folder goes too: not when it throws, not when it is killed,
 * for which no handler in this process could be enough.
 */
export class Guard {
  private readonly shell: ChildProcess
  private readonly pids = new Set<number>()

  /** @param folder what is removed at the end */
  constructor(folder: string) {
    // A process group of its own: Ctrl-C reaches the whole group of the terminal, and this is to outlast it.
    this.shell = spawn('sh', ['-c', SCRIPT, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    this.shell.stdin?.on('error', () => {})
  }

  /** Ends this child too, until it has ended. */
  watch(child: ChildProcess): void {
    const { pid } = child
    if (pid === undefined) return
    this.pids.add(pid)
    this.tell()
    child.once('exit', () => {
      this.pids.delete(pid)
      this.tell()
    })
  }

  /** Ends all that still lives, and removes the folder. Resolves when that is done. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.shell.exitCode !== null) return resolve()
      this.shell.once('exit', () => resolve())
      this.shell.stdin?.end()
    })
  }

  private tell(): void {
    this.shell.stdin?.write(`${[...this.pids].join(' ')}\n`)
  }
}
