/**
 * Writes src/protocol/release-table.ts: what the brokers of each Kafka release serve, as their own jars tell it.
 *
 *   node tools/generate-releases.ts           reads again the releases that are in the table
 *   node tools/generate-releases.ts 4.5.0     adds a release, or reads it from a newer patch
 *
 * Needs `java`, `javac` (17 or later) and `mvn` on the PATH; the jars come from Maven Central by way of `mvn`'s own cache.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { patches } from '../src/protocol/release-table.ts'

/** KRaft is production ready from here on (KIP-833). */
const FIRST_KRAFT = '3.3.0'
/** The classes of Kafka's jars log when they are loaded; this says where to: nowhere. */
const SLF4J = '1.7.36'

const numbers = (version: string) => version.split('.').map(Number)
const compare = (a: string, b: string) => {
  const [left, right] = [numbers(a), numbers(b)]
  return left.map((part, index) => part - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0
}
/** Up to 0.11 a release's name has three numbers, from 1.0 on two; the next one is the patch. */
const nameOf = (patch: string) => (patch.startsWith('0.') ? patch.split('.', 3) : patch.split('.', 2)).join('.')

interface Row {
  /** What a comment says of the row. */
  label: string
  /** Of each release, what the row is from there on; the empty text where there is no such API or feature. */
  values: Map<string, string>
}

const wanted = patchesToRead(process.argv.slice(2))
const names = wanted.map(nameOf)
const work = mkdtempSync(join(tmpdir(), 'kafka-releases-'))
try {
  const apis = new Map<string, Row>()
  const features = new Map<string, Row>()
  const metadataVersions: Row = { label: '', values: new Map() }
  download()
  execFileSync('javac', ['-d', work, join(import.meta.dirname, 'ReleaseFacts.java')], { stdio: 'inherit' })
  for (const patch of wanted) {
    const name = nameOf(patch)
    for (const [kind, ...fact] of factsOf(patch)) {
      const [key = '', label = ''] = fact
      if (kind === 'api')
        put(apis, key, label, name, range(fact[2], fact[3], fact[4] === fact[2] ? '' : ` from ${fact[4]}`))
      else if (kind === 'feature') put(features, key, '', name, range(fact[1], fact[2], ` at ${fact[3]}`))
      else metadataVersions.values.set(name, key)
    }
  }
  write(apis, features, metadataVersions)
} finally {
  rmSync(work, { recursive: true })
}

function patchesToRead(added: string[]): string[] {
  const wrong = added.find((version) => !/^(0\.\d+\.\d+|[1-9]\d*\.\d+)\.\d+$/.test(version))
  if (wrong !== undefined) {
    console.error(`not a version of Kafka: ${wrong}\nusage: node tools/generate-releases.ts [<version>...], as 4.4.0`)
    process.exit(2)
  }
  const known = patches.split(' ').filter((patch) => patch !== '')
  return [...new Map([...known, ...added].map((patch) => [nameOf(patch), patch])).values()].sort(compare)
}

function isKraft(patch: string): boolean {
  return compare(patch, FIRST_KRAFT) >= 0
}

/** One run of Maven for all jars: it copies them out of its repository, which it fills first where they are missing. */
function download(): void {
  const item = (group: string, artifact: string, version: string) =>
    `<artifactItem><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></artifactItem>`
  const items = [
    ...wanted.map((patch) => item('org.apache.kafka', 'kafka-clients', patch)),
    ...wanted.filter(isKraft).map((patch) => item('org.apache.kafka', 'kafka-server-common', patch)),
    item('org.slf4j', 'slf4j-api', SLF4J),
    item('org.slf4j', 'slf4j-nop', SLF4J),
  ]
  const pom = join(work, 'pom.xml')
  writeFileSync(
    pom,
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>memkafka</groupId><artifactId>releases</artifactId><version>1</version><packaging>pom</packaging>
<build><plugins><plugin><artifactId>maven-dependency-plugin</artifactId><configuration>
<outputDirectory>${work}</outputDirectory><artifactItems>
${items.join('\n')}
</artifactItems></configuration></plugin></plugins></build></project>
`,
  )
  execFileSync('mvn', ['-q', '-B', '-f', pom, 'dependency:copy'], { stdio: 'inherit' })
}

function factsOf(patch: string): string[][] {
  const jars = [`kafka-clients-${patch}`, `kafka-server-common-${patch}`, `slf4j-api-${SLF4J}`, `slf4j-nop-${SLF4J}`]
  const classPath = [work, ...jars.map((jar) => join(work, `${jar}.jar`))].join(delimiter)
  const mode = isKraft(patch) ? 'kraft' : 'zookeeper'
  const facts = execFileSync('java', ['-cp', classPath, 'ReleaseFacts', mode], { encoding: 'utf8' })
  return facts
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
}

function range(min: string | undefined, max: string | undefined, more: string): string {
  return `${min}-${max}${more}`
}

function put(rows: Map<string, Row>, key: string, label: string, release: string, value: string): void {
  const row = rows.get(key) ?? { label, values: new Map() }
  row.label = label
  row.values.set(release, value)
  rows.set(key, row)
}

/** `0.9.0 0-1, 0.10.0 0-2, 3.3 none`: only where something changes. */
function history({ values }: Row): string {
  const changes = names.map((name) => [name, values.get(name) ?? 'none'] as const)
  return changes
    .filter(([, value], index) => value !== (changes[index - 1]?.[1] ?? 'none'))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function write(apis: Map<string, Row>, features: Map<string, Row>, metadataVersions: Row): void {
  const byKey = [...apis].sort(([a], [b]) => Number(a) - Number(b))
  const byName = [...features].sort(([a], [b]) => (a < b ? -1 : 1))
  const target = join(import.meta.dirname, '../src/protocol/release-table.ts')
  writeFileSync(
    target,
    `// Generated by tools/generate-releases.ts from the jars of Kafka's releases: do not edit.
// A history, as '0.9.0 0-1, 0.10.0 0-2, 3.3 none', names the releases from which on something is different.

/** The releases, oldest first, each as the patch that was read. */
export const patches: string = '${wanted.join(' ')}'

/** The newest production metadata.version of each KRaft release. */
export const metadataVersions: string = '${history(metadataVersions)}'

/** Of each API the versions that brokers show, and \`from\` which one on they serve them where they refuse the first. */
export const apis: Readonly<Record<number, string>> = {
${byKey.map(([key, row]) => `  // ${row.label}\n  ${key}: '${history(row)}',`).join('\n')}
}

/** Of each feature the levels that brokers support, and the one \`at\` which a new cluster finalizes it. */
export const features: Readonly<Record<string, string>> = {
${byName.map(([name, row]) => `  '${name}': '${history(row)}',`).join('\n')}
}
`,
  )
  execFileSync(join(import.meta.dirname, '../node_modules/.bin/biome'), ['format', '--write', target], {
    stdio: 'inherit',
  })
}
