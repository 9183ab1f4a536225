import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, run } from './children.ts'
import { cache, once } from './tools.ts'

/** A whole release comes from far away, file by file. */
const LIMIT_MS = 1_800_000

/** Why Maven did not get what it was to get, in one line. */
export class MavenError extends Error {
  override readonly name = 'MavenError'
}

/**
 * A folder with these artifacts and all that they need at run time, from Maven Central. Takes `java` and `mvn`.
 * @param name of the folder under .cache/conformance/jars
 * @param artifacts each `groupId:artifactId:version`
 * @throws MavenError
 */
export async function jars(name: string, artifacts: readonly string[]): Promise<string> {
  const folder = join(cache, 'jars', name)
  const dependencies = `  <dependencies>
${artifacts.map((artifact) => `    <dependency>${coordinates(artifact)}</dependency>`).join('\n')}
  </dependencies>`
  await fetched(folder, dependencies, [
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${folder}`,
  ])
  return folder
}

/**
 * A folder with these jars alone, several releases of one side by side perhaps: all of them by one run of Maven.
 * @throws MavenError
 */
export async function copyJars(name: string, artifacts: readonly string[]): Promise<string> {
  const folder = join(cache, 'jars', name)
  const items = artifacts.map((artifact) => `<artifactItem>${coordinates(artifact)}</artifactItem>`)
  const build = `  <build><plugins><plugin><artifactId>maven-dependency-plugin</artifactId><configuration>
    <outputDirectory>${folder}</outputDirectory>
    <artifactItems>
      ${items.join('\n      ')}
    </artifactItems>
  </configuration></plugin></plugins></build>`
  await fetched(folder, build, ['dependency:copy'])
  return folder
}

function coordinates(artifact: string): string {
  const [groupId, artifactId, version] = artifact.split(':')
  return `<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version>`
}

/** Has Maven do this for a project that is made of this, unless it was done in this folder. */
async function fetched(folder: string, content: string, goal: readonly string[]): Promise<void> {
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>memkafka</groupId><artifactId>conformance</artifactId><version>1</version><packaging>pom</packaging>
${content}
</project>
`
  await once(folder, pom, async () => {
    const file = join(folder, 'pom.xml')
    await writeFile(file, pom)
    try {
      await run({ file: 'mvn', args: ['-q', '-B', '-f', file, ...goal] }, LIMIT_MS)
    } catch (error) {
      throw plain(error)
    }
  })
}

/** What a failed run of Maven comes to. It tells of its errors on the standard output. */
function plain(error: unknown): MavenError {
  const said = (error instanceof CommandFailed && error.output) || String(error)
  const absent = /could not find artifact (\S+)/i.exec(said)?.[1] ?? /(\S+) was not found in/i.exec(said)?.[1]
  if (absent !== undefined) return new MavenError(`Maven finds no ${absent}`)
  const line = said.split('\n').find((line) => line.includes('ERROR')) ?? said.split('\n')[0]
  return new MavenError(`Maven failed: ${line?.trim()}`)
}
