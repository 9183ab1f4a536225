/**
 * Writes test/client/group/strategies/fixtures/plans.json: groups that chance makes, and how Sarama and Kafka's Java client share out their
 * partitions, by programs of theirs. Takes go, java, javac and mvn.
 *
 *     node conformance/client/strategies/generate.ts [GROUPS]
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../children.ts'
import { jars } from '../../maven.ts'
import { cache, lacking } from '../../tools.ts'

const here = import.meta.dirname
const SARAMA = 'v1.61.1'
const KAFKA = '4.4.0'
const SEED = 1
/** Of each strategy; a sticky one plans each of them three times. */
const GROUPS = 12

type Partitions = Record<string, number[]>

interface Group {
  readonly strategy: string
  readonly topics: Partitions
  readonly members: Record<string, { topics: string[]; owned?: Partitions; generation: number }>
}

const missing = await lacking(['go', 'java', 'javac', 'mvn'])
if (missing === undefined) await generate(Number(process.argv[2] ?? GROUPS))
else {
  console.error(missing)
  process.exitCode = 1
}

async function generate(count: number): Promise<void> {
  const groups = JSON.parse(await inGo([String(SEED), String(count)])) as Group[]
  // Sarama's sticky strategy is not Kafka's: of the two only the cooperative one is held against Kafka's.
  const shared = groups.filter(({ strategy }) => strategy !== 'sticky')
  const plans = (await inJava(shared.map(lineOf))).trimEnd().split('\n').map(planIn)
  const java = new Map(shared.map((group, i) => [group, plans[i]]))
  const withJava = groups.map((group) => ({ ...group, java: java.get(group) }))
  const file = join(here, '../../../test/client/group/strategies/fixtures/plans.json')
  const lines = withJava.map((group) => `    ${JSON.stringify(group)}`).join(',\n')
  const producers = JSON.stringify({ sarama: SARAMA, 'kafka-clients': KAFKA })
  await writeFile(file, `{\n  "producers": ${producers},\n  "groups": [\n${lines}\n  ]\n}\n`)
  console.log(`${groups.length} groups`)
}

/** As Assignors.java reads it. */
function lineOf({ strategy, topics, members }: Group): string {
  const counts = Object.entries(topics).map(([topic, partitions]) => `${topic}=${partitions.length}`)
  const told = Object.entries(members).map(([id, { topics: subscribed, generation, owned = {} }]) =>
    [id, subscribed, generation, namesOf(owned)].join(';'),
  )
  return [strategy, counts, ...told].join('|')
}

function namesOf(partitions: Partitions): string[] {
  return Object.entries(partitions).flatMap(([topic, numbers]) => numbers.map((number) => `${topic}-${number}`))
}

/** As Assignors.java writes it. */
function planIn(line: string): Record<string, Partitions> {
  const plan: Record<string, Partitions> = {}
  for (const [id = '', names = ''] of line.split('|').map((member) => member.split(';'))) {
    if (names === '') continue
    const held: Partitions = {}
    plan[id] = held
    for (const name of names.split(',')) {
      const dash = name.lastIndexOf('-')
      const topic = name.slice(0, dash)
      held[topic] = [...(held[topic] ?? []), Number(name.slice(dash + 1))].sort((a, b) => a - b)
    }
  }
  return plan
}

async function inGo(args: readonly string[]): Promise<string> {
  const file = join(cache, 'client/strategies/sarama')
  await run({ file: 'go', args: ['build', '-o', file, './strategies'], cwd: join(here, '..') })
  return run({ file, args })
}

async function inJava(args: readonly string[]): Promise<string> {
  const classes = join(cache, 'client/strategies/java')
  const artifacts = [`org.apache.kafka:kafka-clients:${KAFKA}`, 'org.slf4j:slf4j-nop:1.7.36']
  const path = join(await jars(`clients-${KAFKA}`, artifacts), '*')
  await run({ file: 'javac', args: ['-d', classes, '-cp', path, join(here, 'Assignors.java')] })
  return run({ file: 'java', args: ['-cp', `${classes}:${path}`, 'Assignors', ...args] })
}
