import type { Part, PartResult } from '../part.ts'
import { memkafka } from './clusters.ts'
import { programs } from './programs.ts'
import { type NotRun, runClients, type StepResult } from './run.ts'
import { names, type Step, steps } from './steps.ts'

/** The clients' part of `npm run conformance`. */
export const clients: Part = {
  name: 'clients',
  about: 'programs of real clients in several languages, on one broker and on three',
  async run({ short }) {
    const results: StepResult[] = []
    const notRun: NotRun[] = []
    const wanted = programs.filter((program) => program.short || !short)
    for await (const result of runClients(wanted, memkafka())) {
      if (result.outcome === 'not run') notRun.push(result)
      else results.push(result)
      if (result.outcome === 'failed') {
        console.log(`failed: ${result.client}, ${brokersOf(result)}, ${result.step}: ${result.text}`)
      }
    }
    return summary(
      wanted.map(({ name }) => name),
      results,
      notRun,
    )
  },
}

function brokersOf({ brokers }: StepResult): string {
  return `${brokers} broker${brokers === 1 ? '' : 's'}`
}

function summary(wanted: readonly string[], results: readonly StepResult[], notRun: readonly NotRun[]): PartResult {
  const count = (outcome: StepResult['outcome']) => results.filter((result) => result.outcome === outcome).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    notRun: notRun.map(({ client, text }) => `${client}: ${text}`),
    section: section(wanted, results, notRun),
  }
}

const MARKS: Readonly<Record<StepResult['outcome'], string>> = { passed: '✓', failed: 'failed', 'not offered': '–' }

function section(wanted: readonly string[], results: readonly StepResult[], notRun: readonly NotRun[]): string {
  const rows = wanted.map((client) => {
    const own = results.filter((result) => result.client === client)
    if (own.length === 0) return `| ${client} | ${names.map(() => 'not run').join(' | ')} |`
    return `| ${client} | ${names.map((step) => MARKS[worst(own, step)]).join(' | ')} |`
  })
  const failures = results.filter(({ outcome }) => outcome === 'failed')
  return `## Clients

What real clients do, each step on one broker and on three: ✓ passed, – not offered by the client, or not in the version that it
speaks.

| | ${names.join(' | ')} |
| --- | ${names.map(() => '---').join(' | ')} |
${rows.join('\n')}

${names.map((step) => `- ${step}: ${steps[step]}`).join('\n')}
${list(
  'Failed',
  failures.map((it) => `${it.client} on ${brokersOf(it)}: ${it.step}`),
)}${list(
  'Not run',
  notRun.map((it) => `${it.client}: ${it.text.split('\n')[0]}`),
)}`
}

/** Passed is what passed on every cluster. */
function worst(results: readonly StepResult[], step: Step): StepResult['outcome'] {
  const outcomes = results.filter((result) => result.step === step).map(({ outcome }) => outcome)
  return outcomes.find((it) => it === 'failed') ?? outcomes.find((it) => it === 'not offered') ?? 'passed'
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}:\n\n${lines.map((line) => `- ${line}`).join('\n')}\n`
}
