import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../children.ts'
import { copyJars } from '../maven.ts'
import { cache, once } from '../tools.ts'
import { type Advertised, type ApiTable, FIRST_KRAFT, isFrom } from './advertised.ts'

const folder = join(cache, 'releases')

/** The classes of Kafka log when they are loaded; this says where to: nowhere. */
const SLF4J = '1.7.36'

/**
 * What takes the place of the file that is kept: the same, asked of the jars of these releases. Takes java, javac and mvn.
 * @throws MavenError when there is no such release
 */
export async function derive(patches: readonly string[]): Promise<Advertised> {
  const source = join(import.meta.dirname, 'Advertised.java')
  await once(folder, await readFile(source, 'utf8'), () => run({ file: 'javac', args: ['-d', folder, source] }))
  const logging = ['slf4j-api', 'slf4j-nop'].map((name) => `org.slf4j:${name}:${SLF4J}`)
  const clients = patches.map((patch) => `org.apache.kafka:kafka-clients:${patch}`)
  const jars = await copyJars('releases', [...logging, ...clients])
  const names = new Map<number, string>()
  const tables = new Map<string, ApiTable>()
  for (const patch of patches) {
    const rows = await rowsOf(jars, patch)
    for (const { key, name } of rows) names.set(key, name)
    tables.set(patch, new Map(rows.map(({ key, min, max }) => [key, [min, max]])))
  }
  return { patches, names, tables }
}

async function rowsOf(jars: string, patch: string): Promise<{ key: number; name: string; min: number; max: number }[]> {
  const needed = [`kafka-clients-${patch}`, `slf4j-api-${SLF4J}`, `slf4j-nop-${SLF4J}`]
  const path = [folder, ...needed.map((name) => join(jars, `${name}.jar`))].join(':')
  const args = [
    '-XX:TieredStopAtLevel=1',
    '-cp',
    path,
    'Advertised',
    isFrom(patch, FIRST_KRAFT) ? 'kraft' : 'zookeeper',
  ]
  return (await run({ file: 'java', args }))
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [key, name = '', min, max] = line.split('\t')
      return { key: Number(key), name, min: Number(min), max: Number(max) }
    })
}
