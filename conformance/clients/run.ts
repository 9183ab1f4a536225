import { createInterface } from 'node:readline'
import { type Command, start as startChild } from '../children.ts'
import { lacking } from '../tools.ts'
import { NotInstalled } from './install.ts'
import type { Program } from './programs.ts'
import { names, type Step, said } from './steps.ts'

/** What a program is ended after: most take seconds. */
const LIMIT_MS = 180_000

/** A cluster that programs are run against. */
export interface Cluster {
  readonly brokers: number
  start(): Promise<{ readonly bootstrapServers: readonly string[]; stop(): Promise<void> }>
}

/** How a step went, with one client, on so many brokers. */
export interface StepResult {
  readonly client: string
  readonly brokers: number
  readonly step: Step
  readonly outcome: 'passed' | 'failed' | 'not offered'
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
    for (const { brokers, start } of clusters) {
      if (command instanceof Error) {
        yield* results(client, brokers, new Map(), [`the program cannot be built: ${command.message}`])
        continue
      }
      const cluster = await start()
      // No `using`: Node.js 22, on which this is run as well, cannot parse it.
      try {
        yield* await runProgram(client, brokers, command, cluster.bootstrapServers, limitMs)
      } finally {
        await cluster.stop()
      }
    }
  }
}

type Told = Map<Step, Pick<StepResult, 'outcome' | 'text'>>

async function runProgram(
  client: string,
  brokers: number,
  command: Command,
  bootstrapServers: readonly string[],
  limitMs: number,
): Promise<StepResult[]> {
  const child = startChild({ ...command, args: [...command.args, bootstrapServers.join(',')] }, limitMs)
  const told: Told = new Map()
  const faults: string[] = []
  for await (const line of createInterface(child.stdout)) {
    try {
      hear(line, told)
    } catch (error) {
      faults.push(`${error}`)
    }
  }
  const [ended, errors] = await Promise.all([child.ended, child.errors])
  // One that has told of its failure may end as it likes, but end it must.
  const hasFailed = [...told.values()].some(({ outcome }) => outcome === 'failed')
  if (ended !== undefined && (!hasFailed || ended.startsWith('hung'))) {
    faults.push(`${ended}\n${errors.slice(-4000)}`.trim())
  }
  return results(client, brokers, told, faults)
}

/** What was told of each step, and what went wrong beside that in the step that the program was in: after the last, in that one. */
function results(client: string, brokers: number, told: Told, faults: readonly string[]): StepResult[] {
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
