/**
 * Writes what Kafka itself makes of messages and records, for `npm test`, which does without Java:
 * - test/protocol/golden/kafka-<release>.tsv.gz: every message in every version, of each release;
 * - test/protocol/records/golden/kafka.json: record batches and message sets, which the releases write alike.
 *
 *   node conformance/codec/generate-golden.ts
 *
 * Takes `java`, `javac` (17 or later) and `mvn`. A file that says the same already is left as it is.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { giveUp } from '../command-line.ts'
import { lacking } from '../tools.ts'
import { javaArguments, type Release, releases } from './java.ts'

const tests = join(import.meta.dirname, '../../test/protocol')

async function written(release: Release, program: string): Promise<Buffer> {
  const args = await javaArguments(release, program).catch(giveUp)
  return execFileSync('java', args, { maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] })
}

function keep(path: string, text: Buffer, pack: (text: Buffer) => Buffer, unpack: (bytes: Buffer) => Buffer): void {
  const target = join(tests, path)
  const same = existsSync(target) && unpack(readFileSync(target)).equals(text)
  if (!same) writeFileSync(target, pack(text))
  console.log(`test/protocol/${path}: ${same ? 'as it was' : 'written anew'}`)
}

const without = await lacking(['java', 'javac', 'mvn'])
if (without !== undefined) giveUp(without)
for (const release of releases) {
  const cases = await written(release, 'GoldenMessages')
  keep(`golden/kafka-${release}.tsv.gz`, cases, (text) => gzipSync(text, { level: 9 }), gunzipSync)
}
const same = (bytes: Buffer) => bytes
keep('records/golden/kafka.json', await written(releases[0], 'GoldenRecords'), same, same)
