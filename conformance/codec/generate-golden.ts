/**
 * Writes test/protocol/golden/kafka-<release>.tsv.gz: what that release of Kafka makes of every message in every version.
 *
 *   node conformance/codec/generate-golden.ts <release> <directory with the release's jars and all they need>
 *
 * Needs `java`, 17 or later.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const [release, libs] = process.argv.slice(2)
if (release === undefined || libs === undefined) {
  console.error('usage: node conformance/codec/generate-golden.ts <release> <directory of jars>')
  process.exit(2)
}

const modules = /^kafka-(clients|metadata|(group|transaction|share)-coordinator)-\d.*\.jar$/
const jars = readdirSync(libs).filter((name) => modules.test(name))
const program = join(import.meta.dirname, 'GoldenMessages.java')
const cases = execFileSync('java', ['-cp', join(libs, '*'), program, ...jars.map((name) => join(libs, name))], {
  maxBuffer: 1 << 26,
  stdio: ['ignore', 'pipe', 'inherit'],
})
const target = join(import.meta.dirname, '../../test/protocol/golden')
mkdirSync(target, { recursive: true })
const zipped = gzipSync(cases, { level: 9 })
writeFileSync(join(target, `kafka-${release}.tsv.gz`), zipped)
console.log(`${cases.toString().split('\n').length - 1} cases, ${zipped.length} bytes`)
