import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { jars } from '../maven.ts'
import { once, cache as shared } from '../tools.ts'

const run = promisify(execFile)
const here = import.meta.dirname
const cache = join(shared, 'clients')

/** What starts a program. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
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

/** A folder with the client of this release and all that it needs. */
function javaJars(release: string): Promise<string> {
  return jars(`clients-${release}`, [`org.apache.kafka:kafka-clients:${release}`, 'org.slf4j:slf4j-nop:1.7.36'])
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
