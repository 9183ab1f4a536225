/**
 * Writes test/client/producer/partitioners/vectors.json: where Sarama's partitioners and Kafka's Java client put keys, by programs of
 * theirs. Takes go, java, javac and mvn.
 *
 *     node conformance/client/partitioners/generate.ts
 */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../children.ts'
import { jars } from '../../maven.ts'
import { cache, lacking } from '../../tools.ts'

const here = import.meta.dirname
const SARAMA = 'v1.61.1'
const KAFKA = '4.4.0'

const COUNTS = [1, 2, 3, 7, 50, 1000]
/** Keys of every length up to here: murmur2 takes four bytes at a time. */
const LONGEST = 17
/** So many more whose bytes nobody chose; about half have a hash that is negative. */
const OTHERS = 20

const missing = await lacking(['go', 'java', 'javac', 'mvn'])
if (missing === undefined) await generate()
else {
  console.error(missing)
  process.exitCode = 1
}

async function generate(): Promise<void> {
  const keys = [...plainKeys(), ...others()].map((key) => key.toString('hex'))
  const args = [COUNTS.join(','), ...keys]
  const [sarama, java] = [JSON.parse(await inGo(args)), JSON.parse(await inJava(args))]
  const vectors = {
    producers: { sarama: SARAMA, 'kafka-clients': KAFKA },
    counts: COUNTS,
    roundRobin: sarama.roundRobin,
    keys: keys.map((key, i) => ({ key, sarama: sarama.keys[i], java: java[i] })),
  }
  const file = join(here, '../../../test/client/producer/partitioners/vectors.json')
  await writeFile(
    file,
    `${JSON.stringify(vectors, null, 2).replaceAll(/\[[\d,\s]*\]/g, (list) => list.replaceAll(/\s+/g, ' '))}\n`,
  )
  console.log(`${keys.length} keys`)
}

function plainKeys(): Buffer[] {
  const texts = [
    '',
    'a',
    'key',
    'the quick brown fox',
    'Käse',
    '鍵',
    '🔑',
    '\u0000',
    'user-4711',
    '00000000-0000-0000-0000-000000000000',
  ]
  const lengths = Array.from({ length: LONGEST + 1 }, (_, length) => Buffer.alloc(length, 'kafka'))
  const highBytes = [1, 2, 3, 4, 5].map((length) => Buffer.alloc(length, 0xff))
  return [...texts.map((text) => Buffer.from(text)), ...lengths.slice(1), ...highBytes]
}

function others(): Buffer[] {
  return Array.from({ length: OTHERS }, (_, i) =>
    createHash('sha256')
      .update(`${i}`)
      .digest()
      .subarray(0, 1 + (i % 32)),
  )
}

async function inGo(args: readonly string[]): Promise<string> {
  const file = join(cache, 'client/partitioners/sarama')
  await run({ file: 'go', args: ['build', '-o', file, './partitioners'], cwd: join(here, '..') })
  return run({ file, args })
}

async function inJava(args: readonly string[]): Promise<string> {
  const classes = join(cache, 'client/partitioners/java')
  const artifacts = [`org.apache.kafka:kafka-clients:${KAFKA}`, 'org.slf4j:slf4j-nop:1.7.36']
  const path = join(await jars(`clients-${KAFKA}`, artifacts), '*')
  await run({ file: 'javac', args: ['-d', classes, '-cp', path, join(here, 'Partitions.java')] })
  return run({ file: 'java', args: ['-cp', `${classes}:${path}`, 'Partitions', ...args] })
}
