/**
 * The client before real brokers that ask who it is: every mechanism of SASL, TLS, ACLs, and an admin that makes users, ACLs and quotas, none of which
 * memkafka has.
 */
import { newClusterAdmin } from '../../../src/client/index.ts'
import { selfSigned } from '../../../test/client/network/certificate.ts'
import { KafkaStartError, lackingTools, NEWEST, NEWEST_3, startKafka } from '../../kafka/kafka.ts'
import { MavenError } from '../../maven.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../../part.ts'
import { checks } from './checks.ts'
import { listeners } from './listeners.ts'

const TITLE = 'The client and security'

export const clientSecurity: Part = {
  name: 'client-security',
  about: 'the client with SASL, TLS, ACLs and quotas before real brokers',
  run,
}

async function run({ short }: PartOptions): Promise<PartResult> {
  const versions = short ? [NEWEST] : [NEWEST_3, NEWEST]
  const lines: string[] = []
  const result = { passed: 0, failed: 0, notRun: [] as string[] }
  for (const version of versions) {
    try {
      const failed = await check(version)
      result.failed += failed.length
      result.passed += checks.length - failed.length
      lines.push(`- Kafka ${version}: ${checks.length - failed.length} of ${checks.length} checks passed.`)
      lines.push(...failed.map((what) => `  - failed: ${what}`))
    } catch (error) {
      if (!(error instanceof KafkaStartError || error instanceof MavenError)) throw error
      result.notRun.push(`${TITLE}, Kafka ${version}: ${error.message}`)
      lines.push(`- Kafka ${version}: not run.`)
    }
  }
  if (result.notRun.length === versions.length) return notRun(TITLE, (await lackingTools()) ?? 'no broker started')
  return { ...result, section: section(lines) }
}

/** Starts a broker and returns the checks that failed. */
async function check(version: string): Promise<string[]> {
  const certificate = selfSigned()
  const { port, configs, secure, strict } = await listeners(certificate)
  const kafka = await startKafka({ version, port, configs, authorizer: true })
  try {
    const admin = await newClusterAdmin(kafka.bootstrapServers)
    const failed: string[] = []
    for (const [what, holds] of checks) {
      try {
        await holds({ port, configs, secure, strict, admin, ca: certificate.cert })
      } catch (error) {
        failed.push(what)
        console.log(`Kafka ${version}: ${what}: ${(error as Error).stack}`)
      }
    }
    await admin.close()
    console.log(`Kafka ${version}: ${checks.length - failed.length} of ${checks.length} passed`)
    return failed
  } finally {
    await kafka.stop()
  }
}

function section(lines: readonly string[]): string {
  return [
    `## ${TITLE}`,
    '',
    'The client (`src/client`) before a real broker with a listener for SASL over TLS and one for SCRAM-SHA-512 alone, ACLs in force. What is checked:',
    '',
    ...checks.map(([what]) => `- ${what}`),
    '',
    ...lines,
    '',
  ].join('\n')
}
