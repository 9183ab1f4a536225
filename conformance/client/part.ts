import { KafkaStartError, lackingTools, NEWEST, NEWEST_3 } from '../kafka/kafka.ts'
import { MavenError } from '../maven.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../part.ts'
import { onKafka, type SuiteResult, suite } from './suite.ts'

const TITLE = "The client's tests on real Kafka"

/** The releases, the last one of 3.x and the newest, on which the suite is to hold. */
export const releases: readonly string[] = [NEWEST_3, NEWEST]

export const client: Part = {
  name: 'client',
  about: "the client's own tests, which hold on memkafka, on real brokers",
  run,
}

/** Tells on the console what came of one release. */
export function tell(version: string, { passed, skipped, failed }: SuiteResult): void {
  for (const what of failed) console.log(`Kafka ${version}: failed: ${what}`)
  const skips = skipped === 0 ? '' : `, ${skipped} skipped`
  console.log(`Kafka ${version}: ${passed} passed, ${failed.length} failed${skips}`)
}

async function run({ short }: PartOptions): Promise<PartResult> {
  const versions = short ? [NEWEST] : releases
  const lines: string[] = []
  const result = { passed: 0, failed: 0, notRun: [] as string[] }
  for (const version of versions) {
    try {
      const found = await onKafka(version, undefined)
      tell(version, found)
      result.passed += found.passed
      result.failed += found.failed.length
      lines.push(`- Kafka ${version}: ${found.passed} passed, ${found.failed.length} failed.`)
      lines.push(...found.failed.map((what) => `  - failed: ${what}`))
    } catch (error) {
      if (!(error instanceof KafkaStartError || error instanceof MavenError)) throw error
      result.notRun.push(`${TITLE}, Kafka ${version}: ${error.message}`)
      lines.push(`- Kafka ${version}: not run.`)
    }
  }
  if (result.notRun.length === versions.length) return notRun(TITLE, (await lackingTools()) ?? 'no broker started')
  return { ...result, section: section(await suite(), lines) }
}

function section(files: readonly string[], lines: readonly string[]): string {
  return [
    `## ${TITLE}`,
    '',
    'The tests of `memkafka/client` that need no virtual time and no fault run on memkafka with all the others, and here on three real brokers:',
    '',
    ...files.map((file) => `- \`${file}\``),
    '',
    ...lines,
    '',
  ].join('\n')
}
