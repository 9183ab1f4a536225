import type { Report, Skipped } from './reporter.ts'

export const TITLE = 'The testing kit on real Kafka'

/** What came of the tests in one place. */
export interface Found {
  /** `Kafka 4.4.0, through a proxy` */
  readonly where: string
  readonly report: Report
}

/** The section of docs/conformance.md. */
export function section(files: readonly string[], found: readonly Found[]): string {
  return [
    `## ${TITLE}`,
    '',
    "The kit's own tests that need no emulator, and the examples and recipes of its pages: they run on memkafka with all the others, and here with `MEMKAFKA_BOOTSTRAP` on a real broker,",
    'and through a `KafkaProxy` before it:',
    '',
    ...files.map((file) => `- \`${file}\``),
    '',
    ...found.flatMap(({ where, report: { passed, failed, skipped } }) => [
      `- ${where}: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped.`,
      ...failed.map((what) => `  - failed: ${withoutDrawn(what)}`),
    ]),
    '',
    ...skips(found),
  ].join('\n')
}

/** What is skipped is the same wherever the test runs. */
function skips(found: readonly Found[]): readonly string[] {
  const all = new Map<string, Skipped>()
  for (const { report } of found) for (const one of report.skipped) all.set(`${one.file}: ${one.name}`, one)
  if (all.size === 0) return []
  const byReason = Map.groupBy(all.values(), ({ reason }) => withoutDrawn(reason))
  return [
    'What needs memkafka itself is skipped there:',
    '',
    '| tests | why |',
    '| --- | --- |',
    ...[...byReason].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, tests]) => `| ${told(tests)} | ${reason} |`),
    '',
  ]
}

function told(tests: readonly Skipped[]): string {
  const byFile = Map.groupBy(tests, ({ file }) => file)
  return [...byFile].map(([file, own]) => `\`${file}\`${own.length === 1 ? '' : ` (${own.length})`}`).join(', ')
}

/** Without ports and the names of a run, which are others in each. */
function withoutDrawn(text: string): string {
  return text.replaceAll(/\b127\.0\.0\.1:\d+/g, 'it').replaceAll(/\bmemkafka-[0-9a-f]{10}-/g, '')
}
