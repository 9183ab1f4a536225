/**
 * Writes advertised.tsv: what the brokers of Kafka's releases show in ApiVersions, as their own jars tell it.
 *
 *   node conformance/releases/record.ts          reads again the releases that are in it
 *   node conformance/releases/record.ts 4.5.0    adds a release, or reads it from a newer patch
 *
 * Takes java, javac (17 or later) and mvn.
 */
import { writeFile } from 'node:fs/promises'
import { MavenError } from '../maven.ts'
import { missing } from '../tools.ts'
import { advertisedText, FILE, readAdvertised, releaseOfPatch } from './advertised.ts'
import { derive } from './derive.ts'

const added = process.argv.slice(2)
const wrong = added.find((patch) => !/^(0\.\d+|[1-9]\d*)\.\d+\.\d+$/.test(patch))
const lacking = await missing(['java', 'javac', 'mvn'])
if (wrong !== undefined) fail(`"${wrong}" is not a release of Kafka: it takes one such as 4.4.0`)
else if (lacking.length > 0) fail(`not here, or not working: ${lacking.join(', ')}`)
else {
  const byRelease = new Map([...readAdvertised().patches, ...added].map((patch) => [releaseOfPatch(patch), patch]))
  const patches = [...byRelease.values()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  try {
    await writeFile(FILE, advertisedText(await derive(patches)))
    console.log(`written: ${patches.length} releases, ${patches[0]} to ${patches.at(-1)}`)
  } catch (error) {
    if (!(error instanceof MavenError)) throw error
    fail(error.message)
  }
}

function fail(why: string): void {
  console.error(why)
  process.exitCode = 2
}
