/**
 * Writes src/broker/config/config-table.ts from the config definitions of the newest release of Kafka, and
 * config-table-before-4.ts from those of 3.9: all topic configs, and of the others what differs.
 *
 *   node tools/generate-configs.ts <folder with the newest broker's jars> <folder with 3.9's>
 *
 * Needs `java` on the PATH. Names, types, defaults, rules and synonyms are taken; Kafka's documentation is not.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const [newestFolder, folderOf39] = process.argv.slice(2)
if (newestFolder === undefined || folderOf39 === undefined) {
  console.error("usage: node tools/generate-configs.ts <folder with the newest broker's jars> <folder with 3.9's>")
  process.exit(2)
}

type Row = readonly string[]

/** What ConfigTable.java prints of the release whose jars are in a folder. */
function printed(folder: string): readonly Row[] {
  const jars = readdirSync(folder)
    .filter((name) => name.endsWith('.jar'))
    .map((name) => join(folder, name))
  const lines = execFileSync('java', ['-cp', jars.join(delimiter), join(import.meta.dirname, 'ConfigTable.java')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
}

const newest = printed(newestFolder)
const before4 = printed(folderOf39)

const quote = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
const list = (text: string) =>
  `[${text
    .split(',')
    .filter((element) => element !== '')
    .map(quote)
    .join(', ')}]`

function rule(text: string): string | undefined {
  const [kind = '', ...words] = text.split(' ')
  if (words.join(' ') === '[1,...,9] or -1') return "'gzip level'"
  switch (kind) {
    case '':
      return undefined
    case 'range': {
      const bounds = ['min', 'max'].flatMap((name, i) => (words[i] === 'null' ? [] : [`${name}: ${words[i]}`]))
      return `{ ${bounds.join(', ')} }`
    }
    case 'oneOf':
    case 'oneOfAnyCase':
      return `{ ${kind}: ${list(words.join(' '))} }`
    case 'list':
      return `{ elements: ${list(words[2] ?? '')}, emptyAllowed: ${words[0]}, nullAllowed: ${words[1]} }`
    case 'NonEmptyString':
      return "'non-empty string'"
    case 'NonNullValidator':
      return "'non-null string'"
    case 'ThrottledReplicaListValidator':
      return "'throttled replicas'"
    case 'Validator':
      if (words.join(' ').startsWith('[latest, earliest, by_duration:')) return "'share offset reset'"
      break
    case 'each':
      return `{ each: ${list(words.join(' '))} }`
    case 'LambdaValidator':
      // 3.9 has pools of threads that are as large as another config says: no number of threads is looked at here.
      if (text.includes('-1 means')) return undefined
      break
    case 'MetadataVersionValidator':
      // Said of formats of the log that memkafka does not have.
      return undefined
    case 'ControllerQuorumVotersValidator':
    case 'ControllerQuorumBootstrapServersValidator':
      // Said of a quorum that memkafka does not have.
      return undefined
  }
  throw new Error(`no rule is known for a ${text}`)
}

function tableRow([, name = '', type = '', defaultValue = '', ruleText = '', internal]: Row): string {
  const value = defaultValue === '-' ? 'undefined' : defaultValue === 'null' ? 'null' : quote(defaultValue.slice(1))
  const columns = [quote(type), value]
  const ruleColumn = rule(ruleText)
  if (ruleColumn !== undefined || internal === 'true') columns.push(ruleColumn ?? 'undefined')
  if (internal === 'true') columns.push("'internal'")
  return `  ${quote(name)}: [${columns.join(', ')}],`
}

function pair([, name = '', value = '']: Row): string {
  return `  ${quote(name)}: ${quote(value)},`
}

function rowsOf(kind: string, all: readonly Row[]): readonly Row[] {
  return all.filter((row) => row[0] === kind)
}

function table(kind: string, all: readonly Row[]): string {
  return rowsOf(kind, all).map(tableRow).join('\n')
}

function pairs(kind: string, all: readonly Row[]): string {
  return rowsOf(kind, all).map(pair).join('\n')
}

/** What 3.9 says otherwise, and null for what it does not have. */
function changes(kind: string, print: (row: Row) => string): string {
  const [now, then] = [rowsOf(kind, newest), rowsOf(kind, before4)]
  const known = new Set(now.map((row) => row.join('\t')))
  const changed = then.filter((row) => !known.has(row.join('\t'))).map(print)
  const gone = now
    .filter((row) => !then.some((one) => one[1] === row[1]))
    .map(([, name = '']) => `  ${quote(name)}: null,`)
  return [...changed, ...gone].join('\n')
}

function synonyms(all: readonly Row[]): string {
  const byTopicConfig = new Map<string, string[]>()
  for (const [, topicConfig = '', brokerConfig = '', unit = ''] of rowsOf('synonym', all)) {
    const row = `[${quote(brokerConfig)}, ${unit.replace(/(?<=\d)(?=(\d{3})+$)/g, '_')}]`
    byTopicConfig.set(topicConfig, [...(byTopicConfig.get(topicConfig) ?? []), row])
  }
  return [...byTopicConfig].map(([name, row]) => `  ${quote(name)}: [${row.join(', ')}],`).join('\n')
}

const folder = join(import.meta.dirname, '../src/broker/config')
const targets = [join(folder, 'config-table.ts'), join(folder, 'config-table-before-4.ts')] as const
const head = "// Generated by tools/generate-configs.ts from Kafka's config definitions: do not edit.\n"

writeFileSync(
  targets[0],
  `${head}
import type { ConfigTable } from './config-def.ts'
import type { TopicConfigSynonyms, UpdateModes } from './config-tables.ts'

/** The configs of a topic. */
export const topicConfigTable: ConfigTable = {
${table('topic', newest)}
}

/** The configs of a broker. */
export const brokerConfigTable: ConfigTable = {
${table('broker', newest)}
}

/** The configs of a broker that can be set while it runs, and not before. */
export const brokerQuotaTable: ConfigTable = {
${table('quota', newest)}
}

/** The configs of a group. */
export const groupConfigTable: ConfigTable = {
${table('group', newest)}
}

/** The configs of a subscription to the metrics of clients, KIP-714. */
export const clientMetricsConfigTable: ConfigTable = {
${table('client-metrics', newest)}
}

/** The broker configs that can change while the broker runs. */
export const dynamicBrokerConfigs: UpdateModes = {
${pairs('dynamic', newest)}
}

/** The broker config that a group config falls back to. */
export const groupConfigSynonyms: Readonly<Record<string, string>> = {
${pairs('group-synonym', newest)}
}

/** The broker configs that a topic config falls back to. */
export const topicConfigSynonyms: TopicConfigSynonyms = {
${synonyms(newest)}
}
`,
)
writeFileSync(
  targets[1],
  `${head}
import type { ConfigRow, ConfigTable } from './config-def.ts'
import type { TopicConfigSynonyms, UpdateModes } from './config-tables.ts'

/** The configs of a topic up to Kafka 3.9. */
export const topicConfigsBefore4: ConfigTable = {
${table('topic', before4)}
}

/** What was otherwise with the configs of a broker; null: there was none of that name. */
export const brokerConfigChanges: Readonly<Record<string, ConfigRow | null>> = {
${changes('broker', tableRow)}
}

/** The configs of a subscription to the metrics of clients. */
export const clientMetricsConfigsBefore4: ConfigTable = {
${table('client-metrics', before4)}
}

/** What was otherwise with the broker configs that can change while the broker runs; null: it could not. */
export const dynamicBrokerConfigChanges: Readonly<Record<string, UpdateModes[string] | null>> = {
${changes('dynamic', pair)}
}

/** The broker configs that a topic config fell back to. */
export const topicConfigSynonymsBefore4: TopicConfigSynonyms = {
${synonyms(before4)}
}
`,
)
execFileSync(join(import.meta.dirname, '../node_modules/.bin/biome'), ['format', '--write', ...targets], {
  stdio: 'inherit',
})
