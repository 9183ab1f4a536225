import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname
const cache = join(here, '../../.cache/conformance/clients')

/** What starts a program. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

/** How each tool is asked whether it works; that it is in the PATH is not enough. */
const asked: Readonly<Record<string, readonly string[]>> = {
  java: ['-version'],
  javac: ['-version'],
  mvn: ['-version'],
  go: ['version'],
  python3: ['-c', 'import venv, ensurepip'],
}

/** The tools that are not here, or do not work. */
export async function missing(tools: readonly string[]): Promise<string[]> {
  const answers = await Promise.allSettled(tools.map((tool) => run(tool, asked[tool])))
  return tools.filter((_, i) => answers[i]?.status === 'rejected')
}

/** The one program in Java is compiled against this release, whose client has both what older and what newer ones have. */
const COMPILED_AGAINST = '3.9.2'

/** The program with the jars of this release. */
export async function javaProgram(release: string): Promise<Command> {
  const source = join(here, 'java/Story.java')
  const classes = join(cache, 'java/classes')
  const jars = join(await javaJars(COMPILED_AGAINST), '*')
  await once(classes, await readFile(source, 'utf8'), () => run('javac', ['-d', classes, '-cp', jars, source]))
  const path = [classes, join(await javaJars(release), '*')].join(':')
  // Short-lived: the first compiler is quick enough.
  return { file: 'java', args: ['-XX:TieredStopAtLevel=1', '-cp', path, 'Story', release] }
}

/** A folder with the client of this release and all that it needs, from Maven Central. */
async function javaJars(release: string): Promise<string> {
  const folder = join(cache, 'java', release)
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>memkafka</groupId><artifactId>conformance</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId><version>${release}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`
  await once(folder, pom, async () => {
    await writeFile(join(folder, 'pom.xml'), pom)
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
    await run('mvn', ['-q', '-B', '-f', join(folder, 'pom.xml'), ...copy])
  })
  return folder
}

/** Go keeps modules and what it compiled in caches of its own: a second build takes no time. */
export async function goProgram(args: readonly string[]): Promise<Command> {
  const file = join(cache, 'go/clients')
  await run('go', ['build', '-o', file, '.'], { cwd: join(here, 'go') })
  return { file, args }
}

export async function pythonProgram(name: string): Promise<Command> {
  const folder = join(cache, 'python')
  const python = join(folder, 'bin/python')
  const requirements = join(here, 'python/requirements.txt')
  await once(folder, await readFile(requirements, 'utf8'), async () => {
    await run('python3', ['-m', 'venv', '--clear', folder])
    // Wheels alone: nothing is compiled here.
    await run(python, ['-m', 'pip', 'install', '-q', '--only-binary', ':all:', '-r', requirements])
  })
  return { file: python, args: ['-B', join(here, 'python', name)] }
}

/** Does it unless it was done for the same in this folder, and came to its end. */
async function once(folder: string, what: string, doIt: () => Promise<unknown>): Promise<void> {
  const done = join(folder, 'done')
  if (existsSync(done) && (await readFile(done, 'utf8')) === what) return
  await mkdir(folder, { recursive: true })
  await doIt()
  await writeFile(done, what)
}
