import { globSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** Why memory cannot be looked at here, in one line; undefined when it can. */
export function withoutMemory(): string | undefined {
  return platform() === 'linux' ? undefined : 'what a process has in memory is read from /proc, which is of Linux'
}

/** MiB of a process that are in memory now. */
export function residentMebibytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kib === undefined) throw new Error(`/proc tells nothing of the memory of process ${pid}`)
  return Number(kib) / 1024
}

/** The child of a process that was started with this among its arguments. */
export function childOf(parent: number, argument: string): number {
  for (const file of globSync(`/proc/${parent}/task/*/children`)) {
    for (const pid of readFileSync(file, 'utf8').trim().split(' ')) {
      if (pid === '') continue
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)) return Number(pid)
    }
  }
  throw new Error(`process ${parent} has no child that was started with ${argument}`)
}
