import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cache, once } from './tools.ts'

const run = promisify(execFile)

/**
 * A folder with these artifacts and all that they need at run time, from Maven Central. Takes `java` and `mvn`.
 * @param name of the folder under .cache/conformance/jars
 * @param artifacts each `groupId:artifactId:version`
 */
export async function jars(name: string, artifacts: readonly string[]): Promise<string> {
  const folder = join(cache, 'jars', name)
  const dependencies = artifacts.map((artifact) => {
    const [groupId, artifactId, version] = artifact.split(':')
    return `    <dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`
  })
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>memkafka</groupId><artifactId>conformance</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${dependencies.join('\n')}
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
