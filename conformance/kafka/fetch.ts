import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { jars } from '../maven.ts'
import { cache, once } from '../tools.ts'
import { KafkaStartError } from './release.ts'

const run = promisify(execFile)

/**
 * A folder with jars and all that they need at run time, from Maven Central.
 * @param name of the folder under .cache/conformance/jars
 * @param artifacts each `groupId:artifactId:version`
 * @throws KafkaStartError that says in one line what Maven has to say when it fails
 */
export async function fetchJars(name: string, artifacts: readonly string[]): Promise<string> {
  try {
    return await jars(name, artifacts)
  } catch (error) {
    throw plain(error)
  }
}

/** A folder with these jars alone, several releases of one side by side perhaps: all of them by one run of Maven. */
export async function copyJars(name: string, artifacts: readonly string[]): Promise<string> {
  const folder = join(cache, 'jars', name)
  const items = artifacts.map((artifact) => {
    const [groupId, artifactId, version] = artifact.split(':')
    return `<artifactItem><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></artifactItem>`
  })
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>memkafka</groupId><artifactId>conformance</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin><artifactId>maven-dependency-plugin</artifactId><configuration>
    <outputDirectory>${folder}</outputDirectory>
    <artifactItems>
      ${items.join('\n      ')}
    </artifactItems>
  </configuration></plugin></plugins></build>
</project>
`
  await once(folder, pom, async () => {
    const file = join(folder, 'pom.xml')
    await writeFile(file, pom)
    try {
      await run('mvn', ['-q', '-B', '-f', file, 'dependency:copy'])
    } catch (error) {
      throw plain(error)
    }
  })
  return folder
}

/** What a failed run of Maven comes to. It tells of its errors on the standard output. */
function plain(error: unknown): KafkaStartError {
  const said = String((error as { stdout?: string }).stdout ?? error)
  const absent = /could not find artifact (\S+)/i.exec(said)?.[1] ?? /(\S+) was not found in/i.exec(said)?.[1]
  if (absent !== undefined) return new KafkaStartError(`Maven finds no ${absent}`)
  const line = said.split('\n').find((line) => line.includes('ERROR')) ?? said.split('\n')[0]
  return new KafkaStartError(`Maven failed: ${line?.trim()}`)
}
