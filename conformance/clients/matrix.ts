import type { PartResult } from '../part.ts'
import { type Program, programs } from './programs.ts'
import { type Cluster, type NotRun, type Result, runClients, type StepResult } from './run.ts'
import { names, type Step } from './steps.ts'

/** What came of programs on clusters. */
export interface Matrix {
  /** The clients, in their order, those too that could not be run. */
  readonly clients: readonly string[]
  readonly results: readonly StepResult[]
  readonly notRun: readonly NotRun[]
}

/**
 * Runs the programs on each of the clusters, and tells on the console of what failed.
 * @param short the quick ones alone
 */
export function runMatrix(clusters: readonly Cluster[], short: boolean): Promise<Matrix> {
  const wanted = programs.filter((program) => program.short || !short)
  return gathered(wanted, runClients(wanted, clusters))
}

/** What comes of programs, while it comes: whose turn it is, and what failed, is told on the console. */
export async function gathered(wanted: readonly Program[], told: AsyncIterable<Result>): Promise<Matrix> {
  const results: StepResult[] = []
  const notRun = new Map<string, NotRun>()
  let turn = ''
  for await (const result of told) {
    if (result.outcome === 'not run') {
      notRun.set(result.client, result)
      continue
    }
    results.push(result)
    const next = `${result.client}, ${brokersOf(result)}`
    if (next !== turn) console.log(`  ${next}`)
    turn = next
    if (result.outcome === 'failed') {
      console.log(`failed: ${result.client}, ${brokersOf(result)}, ${result.step}: ${result.text}`)
    }
  }
  return { clients: wanted.map(({ name }) => name), results, notRun: [...notRun.values()] }
}

export function counts({ results, notRun }: Matrix): Omit<PartResult, 'section'> {
  const count = (outcome: StepResult['outcome']) => results.filter((result) => result.outcome === outcome).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    notRun: notRun.map(({ client, text }) => `${client}: ${text}`),
  }
}

const MARKS: Readonly<Record<StepResult['outcome'], string>> = {
  passed: '✓',
  failed: 'failed',
  'fails anyway': '×',
  'not offered': '–',
}

/** Of how one step went on several clusters, what is told: the first of these that there is. */
const WORST: readonly StepResult['outcome'][] = ['failed', 'fails anyway', 'not offered', 'passed']

/** A row for each client, a column for each step. */
export function table({ clients, results }: Matrix): string {
  const rows = clients.map((client) => {
    const own = results.filter((result) => result.client === client)
    if (own.length === 0) return `| ${client} | ${names.map(() => 'not run').join(' | ')} |`
    return `| ${client} | ${names.map((step) => MARKS[worst(own, step)]).join(' | ')} |`
  })
  return [`| | ${names.join(' | ')} |`, `| --- | ${names.map(() => '---').join(' | ')} |`, ...rows].join('\n')
}

/** What failed and what could not be run, after the table; nothing when there is nothing to tell. */
export function exceptions({ results, notRun }: Matrix): string {
  const failures = results.filter(({ outcome }) => outcome === 'failed')
  const failed = failures.map((it) => `${it.client} on ${brokersOf(it)}: ${it.step}`)
  const missing = notRun.map((it) => `${it.client}: ${it.text.split('\n')[0]}`)
  return `${list('Failed', failed)}${list('Not run', missing)}`
}

function brokersOf({ brokers }: StepResult): string {
  return `${brokers} broker${brokers === 1 ? '' : 's'}`
}

/** Passed is what passed on every cluster. */
function worst(results: readonly StepResult[], step: Step): StepResult['outcome'] {
  const outcomes = new Set(results.filter((result) => result.step === step).map(({ outcome }) => outcome))
  return WORST.find((outcome) => outcomes.has(outcome)) ?? 'passed'
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}:\n\n${lines.map((line) => `- ${line}`).join('\n')}\n`
}
