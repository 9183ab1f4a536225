import { handlersByKey, servedBy } from '../../src/broker/apis/handlers.ts'
import { differences, fixedDifferences } from '../../src/broker/config/differences.ts'
import { everything } from '../../src/protocol/release.ts'
import { allCases } from './all-cases.ts'
import { caseDifferences, fieldDifferences } from './differences.ts'
import { type Findings, gaps } from './findings.ts'
import { rangesOf } from './transcript.ts'

/** The section of docs/conformance.md: what was compared, what was not, and what may differ. */
export function section(title: string, all: readonly Findings[]): string {
  return [
    `## ${title}`,
    `The same requests go to memkafka and to a running Kafka, and every field of the answers is compared, whether the connection
stays open, and which requests wait. A case runs in each version of its API that both have.`,
    apiTable(all),
    `Scenarios are played on three brokers, which are stopped, killed and started again meanwhile, on both sides:`,
    scenarioList(),
    `### What no case has met yet`,
    notMet(all),
    `### What may differ`,
    'In the answers, because no two clusters are alike in it:',
    table(
      ['fields', 'how they are compared', 'why'],
      fieldDifferences.map(({ fields, as, reason }) => [fields.map((field) => `\`${field}\``).join(', '), as, reason]),
    ),
    'In the cases, on purpose:',
    caseDifferences.length === 0
      ? 'Nothing.'
      : table(
          ['case', 'versions', 'Kafka', 'why'],
          caseDifferences.map((entry) => [entry.case, entry.versions ?? 'all', entry.kafka ?? 'all', entry.reason]),
        ),
    'In the configs, by defaults that suit tests better; the comparison sets what it can to what Kafka does:',
    table(
      ['config', "Kafka's default", 'here', 'why'],
      differences.map(({ config, kafka, ours, reason }) => [`\`${config}\``, `\`${kafka}\``, `\`${ours}\``, reason]),
    ),
    'Whatever the configs say:',
    fixedDifferences.map((difference) => `- ${difference}`).join('\n'),
  ].join('\n\n')
}

function apiTable(all: readonly Findings[]): string {
  const casesBy = new Map(allCases.map(({ name, cases }) => [name, cases.length]))
  const rows = [...servedBy(everything)]
    .sort(([one], [other]) => one - other)
    .map(([key, { min, max }]) => {
      const name = handlersByKey.get(key)?.api.name ?? ''
      const compared = all.map((findings) => {
        const { good, refused } = findings.coverageOf(name)
        return rangesOf(findings.versions(key).filter((version) => good.has(version) || refused.has(version))) || '–'
      })
      const errors = new Set(all.flatMap((findings) => [...findings.coverageOf(name).errors]))
      return [name, `${min}-${max}`, ...compared, String(casesBy.get(name) ?? 0), String(errors.size)]
    })
  const against = all.map(({ release }) => `compared with ${release}`)
  return table(['API', 'versions here', ...against, 'cases', 'errors met'], rows)
}

function scenarioList(): string {
  const scenarios = allCases.filter(({ api }) => api === undefined).flatMap(({ cases }) => cases)
  return scenarios.map(({ name }) => `- ${name}`).join('\n')
}

function notMet(all: readonly Findings[]): string {
  const lines = [...servedBy(everything).keys()]
    .sort((one, other) => one - other)
    .flatMap((key) => {
      const name = handlersByKey.get(key)?.api.name ?? ''
      const errors = allCases.find((of) => of.name === name)?.errors ?? []
      return gaps({ name, key }, errors, all).map((gap) => `- ${name}: ${gap}`)
    })
  return lines.length === 0 ? 'Nothing.' : lines.join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
