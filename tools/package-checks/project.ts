import { execFileSync } from 'node:child_process'

/** Nothing in these checks takes this long, in ms; what does is stuck, and its process is ended. */
export const PATIENCE_MS = 120_000

/** An empty project in which the package is installed. */
export class Project {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Runs a command in the project and tells what it printed. Throws what it printed when it fails. */
  readonly run = (command: string, ...args: string[]): string => {
    try {
      return execFileSync(command, args, { cwd: this.folder, encoding: 'utf8', timeout: PATIENCE_MS, stdio: 'pipe' })
    } catch (error) {
      const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string }
      throw new Error(`${stdout}${stderr}`.trim() || message)
    }
  }
}
