import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, run } from '../children.ts'
import { digest, had, NotInstalled } from '../clients/install.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../part.ts'
import { cache, lacking, once } from '../tools.ts'
import { checks } from './checks.ts'

const TITLE = 'The Schema Registry'

const here = import.meta.dirname

/** After which the program counts as hung; it takes seconds. */
const LIMIT_MS = 120_000

/** The Schema Registry's part of `npm run conformance`. */
export const schemaRegistry: Part = {
  name: 'schema-registry',
  about: "the Schema Registry of memkafka/msw, with Confluent's client",
  run: runPart,
}

async function runPart({ short }: PartOptions): Promise<PartResult> {
  if (short) return notRun(TITLE, 'its client is too large for a short run')
  const without = await lacking(['npm'])
  if (without !== undefined) return notRun(TITLE, without)
  let folder: string
  try {
    folder = await install()
  } catch (error) {
    if (error instanceof NotInstalled) return notRun(TITLE, error.message)
    throw error
  }
  const failed = await failures(folder)
  for (const [name, why] of failed) console.log(`failed: ${name}: ${why}`)
  const names = Object.keys(checks)
  return { passed: names.length - failed.size, failed: failed.size, notRun: [], section: await section(failed) }
}

/** The client with all that it needs, in a folder of its own. */
async function install(): Promise<string> {
  const folder = join(cache, 'schema-registry')
  const wanted = ['package.json', 'package-lock.json'].map((name) => join(here, 'client', name))
  await once(folder, await digest(wanted), async () => {
    for (const name of ['package.json', 'package-lock.json']) {
      await copyFile(join(here, 'client', name), join(folder, name))
    }
    await had('packages of npm', run({ file: 'npm', args: ['ci', '--ignore-scripts'], cwd: folder }))
  })
  return folder
}

/** The checks that failed, with why. One that the program did not come to has failed too. */
async function failures(folder: string): Promise<Map<string, string>> {
  let ended = 'nothing was said of it'
  const output = await run({ file: process.execPath, args: [join(here, 'program.ts'), folder] }, LIMIT_MS).catch(
    (error: unknown) => {
      if (!(error instanceof CommandFailed)) throw error
      ended = error.message
      return error.output
    },
  )
  const lines = output.split('\n')
  const failed = new Map<string, string>()
  for (const name of Object.keys(checks)) {
    if (lines.includes(`ok ${name}`)) continue
    const start = `failed ${name}: `
    failed.set(name, lines.find((line) => line.startsWith(start))?.slice(start.length) ?? ended)
  }
  return failed
}

async function section(failed: ReadonlyMap<string, string>): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(here, 'client/package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>
  }
  const client = Object.entries(dependencies).map(([name, version]) => `\`${name}\` ${version}`)
  return [
    `## ${TITLE}`,
    '',
    `What users of ${client.join(', ')} do, with \`schemaRegistry\` of \`memkafka/msw\` in the place of the registry and memkafka in that of`,
    'Kafka; records go by kafkajs, over TCP:',
    '',
    ...Object.keys(checks).map((name) => `- ${failed.has(name) ? 'failed' : '✓'} ${name}`),
    '',
  ].join('\n')
}
