import { createInterface } from 'node:readline'
import { type Command, start as startChild } from '../children.ts'
import { lacking } from '../tools.ts'
import { NotInstalled } from './install.ts'
import type { Program } from './programs.ts'
import { namesOn, type Step, said, wished } from './steps.ts'

/** What a program is ended after: most take seconds. */
const LIMIT_MS = 180_000

/** A cluster that programs are run against. */
export interface Cluster {
  readonly brokers: number
  /** Whether what it starts can kill its brokers. */
  readonly kills: boolean
  start(): Promise<Running>
}

export interface Running {
  readonly bootstrapServers: readonly string[]
  stop(): Promise<void>
  killBroker?(nodeId: number): Promise<void>
  /** One that was killed, with its disk. */
  startBroker?(nodeId: number): Promise<void>
  /** How many connections its brokers have taken so far. */
  connections?(): number
  /** What went wrong that a program does not see, asked when it has ended. */
  faults?(): string[]
}

/** How a step went, with one client, on so many brokers. */
export interface StepResult {
  readonly client: string
  readonly brokers: number
  readonly step: Step
  /** `fails anyway`: through the proxy, and on the cluster itself as well. */
  readonly outcome: 'passed' | 'failed' | 'not offered' | 'fails anyway'
  /** What came true, or why not. */
  readonly text: string
}

/** A client that this machine cannot run. */
export interface NotRun {
  readonly client: string
  readonly outcome: 'not run'
  readonly text: string
}

export type Result = StepResult | NotRun

/**
 * Runs each program on each of the clusters, one after the other, and tells of every step once the program has ended.
 * @param clusters each program gets a fresh one of each
 * @param limitMs after which a program is ended
 */
export async function* runClients(
  programs: readonly Program[],
  clusters: readonly Cluster[],
  limitMs: number = LIMIT_MS,
): AsyncGenerator<Result, void, void> {
  for (const program of programs) {
    const client = program.name
    const without = await lacking(program.tools)
    if (without !== undefined) {
      yield { client, outcome: 'not run', text: without }
      continue
    }
    const command = await program.install().catch((error: unknown) => error as Error)
    if (command instanceof NotInstalled) {
      yield { client, outcome: 'not run', text: command.message }
      continue
    }
    for (const cluster of clusters) {
      const told: Told = new Map()
      if (command instanceof Error) {
        yield* results(client, cluster, told, [`the program cannot be built: ${command.message}`])
        continue
      }
      const running = await cluster.start()
      // No `using`: Node.js 22, on which this is run as well, cannot parse it.
      try {
        const faults = await runProgram(command, cluster, running, told, limitMs)
        yield* results(client, cluster, told, faults)
      } finally {
        await running.stop()
      }
    }
  }
}

type Told = Map<Step, Pick<StepResult, 'outcome' | 'text'>>

/**
 * Hears what a program says of its steps, and does what it wants done to brokers.
 * @returns what went wrong beside that
 */
async function runProgram(
  command: Command,
  { kills }: Cluster,
  cluster: Running,
  told: Told,
  limitMs: number,
): Promise<string[]> {
  const args = [...command.args, cluster.bootstrapServers.join(',')]
  const env = { ...command.env, ...(kills ? { KILLS: 'yes' } : {}) }
  const child = startChild({ ...command, args, env }, limitMs)
  const wishes = new Wishes(cluster)
  const faults: string[] = []
  for await (const line of createInterface(child.stdout)) {
    try {
      hear(line, told)
      wishes.hear(line)
    } catch (error) {
      faults.push(`${error}`)
    }
  }
  const [ended, errors] = await Promise.all([child.ended, child.errors])
  await wishes.ended().catch((error: unknown) => faults.push(`${error}`))
  // One that has told of its failure may end as it likes, but end it must.
  const hasFailed = [...told.values()].some(({ outcome }) => outcome === 'failed')
  if (ended !== undefined && (!hasFailed || ended.startsWith('hung'))) {
    faults.push(`${ended}\n${errors.slice(-4000)}`.trim())
  }
  faults.push(...(cluster.faults?.() ?? []))
  return faults
}

/** Kills brokers and starts them again, one after the other, while the program goes on. */
class Wishes {
  private readonly cluster: Running
  private readonly killed = new Set<number>()
  private done: Promise<void> = Promise.resolve()

  constructor(cluster: Running) {
    this.cluster = cluster
  }

  hear(line: string): void {
    const wish = wished(line)
    if (wish === undefined) return
    this.done = this.done.then(() => this.fulfil(wish.what, wish.nodeId))
    // It is told at the end; until then nobody waits for it.
    this.done.catch(() => {})
  }

  /** Resolves when all is done. What is still dead then is started: the next program finds every broker. */
  async ended(): Promise<void> {
    try {
      await this.done
    } finally {
      for (const nodeId of [...this.killed]) await this.fulfil('start', nodeId)
    }
  }

  private async fulfil(what: 'kill' | 'start', nodeId: number): Promise<void> {
    if (what === 'kill') {
      this.killed.add(nodeId)
      await this.cluster.killBroker?.(nodeId)
    } else {
      this.killed.delete(nodeId)
      await this.cluster.startBroker?.(nodeId)
    }
  }
}

/** What was told of each step, and what went wrong beside that in the step that the program was in: after the last, in that one. */
function results(client: string, cluster: Cluster, told: Told, faults: readonly string[]): StepResult[] {
  const { brokers } = cluster
  const names = namesOn(cluster)
  const within = names.find((step) => !told.has(step)) ?? names.at(-1)
  return names.map((step) => {
    const { outcome, text } = told.get(step) ?? { outcome: 'failed', text: 'nothing was said of it' }
    if (step !== within || faults.length === 0) return { client, brokers, step, outcome, text }
    return { client, brokers, step, outcome: 'failed', text: faults.join('\n') }
  })
}

/** A step that is told more than once has passed when it has each time; one that failed once has failed. */
function hear(line: string, told: Told): void {
  const heard = said(line)
  if (heard === undefined) return
  const outcome = ({ ok: 'passed', no: 'not offered', failed: 'failed' } as const)[heard.what]
  const before = told.get(heard.step)
  if (before?.outcome === 'failed') return
  if (before?.outcome === 'passed' && outcome === 'not offered') return
  told.set(heard.step, { outcome, text: before === undefined ? heard.text : `${before.text}; ${heard.text}` })
}
