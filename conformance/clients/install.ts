import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, run } from '../children.ts'
import { jars } from '../maven.ts'
import { once, cache as shared } from '../tools.ts'

const here = import.meta.dirname

/** Where the programs and the clients that they need are kept. */
export const cache: string = join(shared, 'clients')

/** A client could not be had here: its registry refused it, or this machine cannot build it. */
export class NotInstalled extends Error {}

/** Gets a client. What goes wrong there is no fault of memkafka's. */
export async function had<T>(what: string, fetched: Promise<T>): Promise<T> {
  try {
    return await fetched
  } catch (error) {
    throw new NotInstalled(`cannot be had here: ${what}: ${reason(error)}`)
  }
}

/** The first line that says what went wrong. */
function reason(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split('\n')
  return (lines.find((line) => /error|refused|not found|cannot/i.test(line)) ?? lines[0] ?? '').trim().slice(0, 300)
}

/** The program is compiled against this release, whose client has both what older and what newer ones have. */
const COMPILED_AGAINST = '3.9.2'

/** The program in Java with the jars of this release. */
export async function javaProgram(release: string): Promise<Command> {
  const sources = await files('java', '.java')
  const classes = join(cache, 'java/classes')
  const jars = join(await javaJars(COMPILED_AGAINST), '*')
  const compile = { file: 'javac', args: ['-d', classes, '-cp', jars, ...sources] }
  await once(classes, `${COMPILED_AGAINST} ${await digest(sources)}`, () => run(compile))
  const path = [classes, join(await javaJars(release), '*')].join(':')
  // Short-lived: the first compiler is quick enough.
  return { file: 'java', args: ['-XX:TieredStopAtLevel=1', '-cp', path, 'Story', release] }
}

/**
 * The program with Kafka Streams of this release, which prints its steps as the other one does.
 * @param guarantee its processing.guarantee
 */
export async function streamsProgram(release: string, guarantee: string): Promise<Command> {
  const sources = [...(await files('streams', '.java')), join(here, 'java/Steps.java')]
  const artifacts = [`org.apache.kafka:kafka-streams:${release}`, 'org.slf4j:slf4j-nop:1.7.36']
  const jarsOfStreams = join(await had(`kafka-streams ${release}`, jars(`streams-${release}`, artifacts)), '*')
  const classes = join(cache, 'java/streams')
  await once(classes, `${release} ${await digest(sources)}`, () =>
    run({ file: 'javac', args: ['-d', classes, '-cp', jarsOfStreams, ...sources] }),
  )
  const path = [classes, jarsOfStreams].join(':')
  return { file: 'java', args: ['-XX:TieredStopAtLevel=1', '-cp', path, 'WordCount', guarantee] }
}

/** A folder with the client of this release and all that it needs. */
function javaJars(release: string): Promise<string> {
  const artifacts = [`org.apache.kafka:kafka-clients:${release}`, 'org.slf4j:slf4j-nop:1.7.36']
  return had(`kafka-clients ${release}`, jars(`clients-${release}`, artifacts))
}

/**
 * A program in Go: each client has a module of its own, so that none decides what another is built with. Go keeps modules and
 * what it compiled in caches of its own: a second build takes no time.
 */
export async function goProgram(module: string, args: readonly string[]): Promise<Command> {
  const file = join(cache, 'go', module)
  const cwd = join(here, 'go', module)
  await had('modules of Go', run({ file: 'go', args: ['mod', 'download'], cwd }))
  await run({ file: 'go', args: ['build', '-o', file, '.'], cwd })
  return { file, args }
}

export async function pythonProgram(name: string): Promise<Command> {
  const folder = join(cache, 'python')
  const python = join(folder, 'bin/python')
  const requirements = join(here, 'python/requirements.txt')
  await once(folder, await readFile(requirements, 'utf8'), async () => {
    await run({ file: 'python3', args: ['-m', 'venv', '--clear', folder] })
    // Wheels alone: nothing is compiled here.
    const args = ['-m', 'pip', 'install', '-q', '--only-binary', ':all:', '-r', requirements]
    await had('wheels for Python', run({ file: python, args }))
  })
  return { file: python, args: ['-B', join(here, 'python', name)] }
}

/** Cargo keeps crates in a cache of its own. */
export async function rustProgram(): Promise<Command> {
  const cwd = join(here, 'rust')
  const folder = join(cache, 'rust')
  await had('crates of Rust', run({ file: 'cargo', args: ['fetch', '--locked'], cwd }))
  await run({ file: 'cargo', args: ['build', '--locked', '--quiet', '--target-dir', folder], cwd }, 1_200_000)
  return { file: join(folder, 'debug/memkafka-conformance-rskafka'), args: [] }
}

/** The files of a program that end like this, in the order of their names. */
export async function files(folder: string, end: string): Promise<string[]> {
  const names = await readdir(join(here, folder))
  return names
    .filter((name) => name.endsWith(end))
    .sort()
    .map((name) => join(here, folder, name))
}

/** What tells one state of some files from another. */
export async function digest(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(await readFile(path))
  return hash.digest('hex')
}
