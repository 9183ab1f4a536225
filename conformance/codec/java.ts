import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../children.ts'
import { NEWEST, NEWEST_3 } from '../kafka/kafka.ts'
import { jars } from '../maven.ts'
import { cache, once } from '../tools.ts'

const sources = join(import.meta.dirname, 'java')

/** The releases that memkafka's messages are held against: the newest, and the last that had what 4.0 removed. */
export const releases = [NEWEST, NEWEST_3] as const

export type Release = (typeof releases)[number]

/** What has the message classes of the logs; the clients, and the rest, come with it. */
const modules: { readonly [release in Release]: readonly string[] } = {
  [NEWEST]: ['metadata', 'group-coordinator', 'transaction-coordinator', 'share-coordinator'],
  [NEWEST_3]: ['metadata', 'group-coordinator', 'transaction-coordinator'],
}

/** The arguments with which `java` starts a program of the folder `java`, with the classes of this release. Takes `java`, `javac` and `mvn`. */
export async function javaArguments(release: Release, program: string): Promise<string[]> {
  const artifacts = modules[release].map((module) => `org.apache.kafka:kafka-${module}:${release}`)
  const libs = join(await jars(`codec-${release}`, [...artifacts, 'org.slf4j:slf4j-nop:1.7.36']), '*')
  const texts = new Map<string, string>()
  for (const name of (await readdir(sources)).sort()) {
    texts.set(name, asIn(release, await readFile(join(sources, name), 'utf8')))
  }
  const folder = join(cache, 'codec', release)
  const classes = join(folder, 'classes')
  await once(folder, [libs, ...texts.values()].join('\n'), async () => {
    await mkdir(classes, { recursive: true })
    for (const [name, text] of texts) await writeFile(join(folder, name), text)
    const files = [...texts.keys()].map((name) => join(folder, name))
    await run({ file: 'javac', args: ['-d', classes, '-cp', libs, ...files] })
  })
  return ['-XX:+UseSerialGC', '-cp', [classes, libs].join(':'), program]
}

/** Before 4.0 some of the classes that the programs use were in other packages. */
function asIn(release: Release, source: string): string {
  if (release !== NEWEST_3) return source
  return source.replaceAll('.record.internal.', '.record.').replaceAll('.utils.internals.', '.utils.')
}
