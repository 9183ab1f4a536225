/**
 * Writes advertised.tsv: what the brokers of Kafka's releases show in ApiVersions, as their own jars tell it.
 *
 *   node conformance/releases/record.ts          reads again the releases that are in it
 *   node conformance/releases/record.ts 4.5.0    adds a release, or reads it from a newer patch
 *
 * Takes java, javac (17 or later) and mvn.
 */
import { writeFile } from 'node:fs/promises'
import { giveUp, readCommandLine, wrongUsage } from '../command-line.ts'
import { lacking } from '../tools.ts'
import { advertisedText, FILE, readAdvertised, releaseOfPatch } from './advertised.ts'
import { derive } from './derive.ts'

const added = readCommandLine({ allowPositionals: true }).positionals
const wrong = added.find((patch) => !/^(0\.\d+|[1-9]\d*)\.\d+\.\d+$/.test(patch))
if (wrong !== undefined) wrongUsage(`"${wrong}" is not a release of Kafka: it takes one such as 4.4.0`)
const without = await lacking(['java', 'javac', 'mvn'])
if (without !== undefined) giveUp(without)
const byRelease = new Map([...readAdvertised().patches, ...added].map((patch) => [releaseOfPatch(patch), patch]))
const patches = [...byRelease.values()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
await writeFile(FILE, advertisedText(await derive(patches).catch(giveUp)))
console.log(`written: ${patches.length} releases, ${patches[0]} to ${patches.at(-1)}`)
