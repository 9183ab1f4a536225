import { beforeAll, describe, expect, it } from 'vitest'
import { lint } from './lint.ts'

// A rule that cannot fail keeps nothing. Every law has sources that break it, and sources that come close and do not.

interface Case {
  path: string
  source: string
}

/** What a finding of each law begins with. */
const laws = {
  'imports go one way': 'plugin: Imports go one way',
  'one clock': 'plugin: Law 2',
  'synchronous core': 'plugin: Law 3',
  'no module state': 'plugin: Law 7',
  'no import cycles': 'lint/suspicious/noImportCycles',
  'declared dependencies': 'lint/correctness/noUndeclaredDependencies',
}

const offences: Record<keyof typeof laws, Case[]> = {
  'imports go one way': [
    ...from('src/protocol/records/', [
      "import { Link } from '../../broker/link.ts'",
      "import type { Link } from '../../broker/link.ts'",
      "export { match } from '../../intercept/match.ts'",
      "export * from '../../client/config.ts'",
      "const faults = import('../../testing/faults.ts')",
      "type Fault = import('../../testing/faults.ts').Fault",
      "import '../../cli/main.ts'",
      "import { KafkaCluster } from '../../index.ts'",
      "import { readFileSync } from 'node:fs'",
      "import { connect } from 'net'",
    ]),
    ...from('src/intercept/', [
      "import { Broker } from '../broker/broker.ts'",
      "import { Producer } from '../client/producer.ts'",
    ]),
    ...from('src/broker/network/', [
      "import { cut } from '../../testing/faults.ts'",
      "import { Config } from '../../client/config.ts'",
      "import { main } from '../../cli/main.ts'",
      "import { Broker } from '../broker.ts'",
      "import { KafkaCluster } from '../cluster.ts'",
      "import { KafkaCluster } from '../../index.ts'",
    ]),
    ...from('src/broker/apis/', [
      "import { Connection } from '../network/connection.ts'",
      "import { Connection } from '../../broker/network/connection.ts'",
      "import { Timeline } from '../timeline/timeline.ts'",
      "import { TopicHandle } from '../handles/topics/topic-handle.ts'",
    ]),
    ...from('src/broker/timeline/', [
      "import type { ClusterView } from '../handles/cluster-view.ts'",
      "import { KafkaCluster } from '../cluster.ts'",
    ]),
    ...from('src/broker/coordinator/groups/', [
      "import type { TimelineRecorder } from '../../timeline/recorder.ts'",
      "import { fetch } from '../../apis/fetch.ts'",
      "import { Connection } from '../../network/connection.ts'",
    ]),
    ...from('src/broker/controller/', ["import { createTopics } from '../apis/create-topics.ts'"]),
    ...from('src/broker/replication/', ["import type { Handler } from '../apis/handler.ts'"]),
    ...from('src/broker/security/', ["import { Connection } from '../network/connection.ts'"]),
    ...from('src/broker/log/', [
      "import { Timeline } from '../timeline/timeline.ts'",
      "import { Partition } from '../replication/partition.ts'",
      "import type { Partition } from '../replication/partition.ts'",
      "import { Groups } from '../coordinator/groups/groups.ts'",
      "import { Image } from '../controller/image.ts'",
      "import { produce } from '../apis/produce.ts'",
      "import { Connection } from '../network/connection.ts'",
    ]),
    ...from('src/broker/config/', [
      "import { Log } from '../log/log.ts'",
      "import { produce } from '../apis/produce.ts'",
      "import { Broker } from '../broker.ts'",
    ]),
    ...from('src/client/', [
      "import { KafkaCluster } from '../broker/cluster.ts'",
      "import { cut } from '../testing/faults.ts'",
    ]),
    ...from('src/proxy/', [
      "import { Config } from '../client/config.ts'",
      "import { cut } from '../testing/faults.ts'",
      "import { KafkaCluster } from '../broker/cluster.ts'",
      "import type { Broker } from '../broker/broker.ts'",
      "import { produce } from '../broker/apis/produce.ts'",
      "import { Log } from '../broker/log/log.ts'",
      "import type { TopicHandle } from '../broker/handles/topics/topic-handle.ts'",
      "import { KafkaCluster } from '../index.ts'",
    ]),
    ...from('src/proxy/bytes/', ["import { Image } from '../../broker/controller/image.ts'"]),
    ...everywhere(
      ['src/protocol/', 'src/intercept/', 'src/broker/', 'src/client/'],
      "export { KafkaProxy } from '../proxy/kafka-proxy.ts'",
    ),
    ...from('src/testing/', ["import { parse } from '../cli/flags.ts'"]),
    ...from('src/cli/', [
      "import { Produce } from '../protocol/messages/produce.ts'",
      "import { cut } from '../testing/faults.ts'",
    ]),
    ...from('src/', [
      "export { cut } from './testing/faults.ts'",
      "export { Producer } from './client/producer.ts'",
      "export { KafkaProxy } from './proxy/kafka-proxy.ts'",
    ]),
    ...from('src/broker/', ["import { lint } from '../../test/house/lint.ts'"]),
  ],
  'one clock': [
    ...from('src/broker/log/', [
      'export const now = () => Date.now()',
      'export const clock = { now: Date.now }',
      'export const today = () => new Date()',
      'export const today = () => new Date',
      'export const today = () => Date()',
      'export const start = () => performance.now()',
      'export const start = () => process.hrtime.bigint()',
      'export const start = () => Temporal.Now.instant()',
      'export const later = (f: () => void) => setTimeout(f, 10)',
      'export const later = (f: () => void) => globalThis.setTimeout(f, 10)',
      'export const timers = { set: setTimeout }',
      'export const often = (f: () => void) => setInterval(f, 10)',
      'export const soon = (f: () => void) => setImmediate(f)',
      'export const limit = () => AbortSignal.timeout(10)',
      'export const dice = () => Math.random()',
      'export const { random } = Math',
      'export const { now } = Date',
      'export const id = () => crypto.randomUUID()',
      'export const id = (bytes: Uint8Array) => globalThis.crypto.getRandomValues(bytes)',
      "import { setTimeout as wait } from 'node:timers/promises'\nexport { wait }",
      "import timers from 'timers'\nexport { timers }",
      "import { performance as p } from 'node:perf_hooks'\nexport { p }",
      "import { randomUUID } from 'node:crypto'\nexport { randomUUID }",
      "import { createHash, randomBytes as bytes } from 'crypto'\nexport { createHash, bytes }",
      "import * as c from 'node:crypto'\nexport const id = () => c.randomBytes(16)",
    ]),
    ...everywhere(
      ['src/broker/network/', 'src/broker/', 'src/client/', 'src/intercept/', 'src/protocol/'],
      'export const now = () => Date.now()',
    ),
  ],
  'synchronous core': [
    ...from('src/broker/apis/', [
      'export async function handle() {}',
      'export const handle = async () => {}',
      'export const handler = { async handle() {} }',
      'export class Handler { private async handle() {} }',
      'export class Handler { static async handle() {} }',
      'export default async function () {}',
      'export async function* handle() {}',
      'export const answer = await globalThis.later',
      'for await (const frame of globalThis.frames) frame.answer()',
      'export const handle = () => new Promise((answer) => answer(1))',
      'export const handle = () => Promise.resolve(1)',
      'export function handle(): Promise<void> { return later() }',
      'export const handle = (later: PromiseLike<number>) => later.then((n) => n + 1)',
      "import { gzip } from 'node:zlib/promises'\nexport { gzip }",
    ]),
    ...everywhere(
      ['src/broker/', 'src/broker/log/', 'src/broker/coordinator/groups/', 'src/protocol/records/'],
      'export async function handle() {}',
    ),
  ],
  'no module state': [
    ...from('src/testing/', [
      'let count = 0',
      'export let count = 0',
      'var count = 0',
      'let count: number | undefined',
      '{ let count = 0; globalThis.next = () => count++ }',
      'export const clusters = new Map()',
      'export const clusters = new Map<string, number>()',
      'export const clusters: Set<string> = new Set()',
      'export const clusters = new WeakMap<object, number>()',
      'export const clusters: string[] = []',
      'export const clusters: Record<string, number> = {}',
      'export class Cluster { static count = 0 }',
      'export class Cluster { private static count = 0 }',
      'export class Cluster { static readonly all = new Set<Cluster>() }',
    ]),
    ...everywhere(['src/', 'src/protocol/', 'src/broker/network/', 'src/client/', 'src/cli/'], 'export let count = 0'),
  ],
  'no import cycles': [
    { path: 'src/broker/hen.ts', source: "import { egg } from './egg.ts'\nexport const hen = () => egg()" },
    { path: 'src/broker/egg.ts', source: "import { hen } from './hen.ts'\nexport const egg = () => hen()" },
  ],
  'declared dependencies': from('src/testing/', ["import { chalk } from 'chalk'\nexport { chalk }"]),
}

const lawful: Case[] = [
  ...from('src/broker/', [
    "import { Produce } from '../protocol/messages/produce.ts'\nimport { match } from '../intercept/match.ts'\nexport { Produce, match }",
  ]),
  ...from('src/broker/network/', [
    "import { produce } from '../apis/produce.ts'\nexport { produce }",
    "import { Log } from '../log/log.ts'\nexport { Log }",
    "import type { Broker } from '../broker.ts'\nexport type { Broker }",
    "import { connect } from 'node:net'\nexport { connect }",
    'export const read = async () => await new Promise<void>((done) => queueMicrotask(done))',
  ]),
  ...from('src/broker/apis/', [
    "import { Groups } from '../coordinator/groups/groups.ts'\nexport { Groups }",
    "import { Waiting } from '../waiting.ts'\nexport { Waiting }",
    "import { type Clock } from '../clock.ts'\nexport type { Clock }",
  ]),
  ...from('src/broker/coordinator/groups/', [
    "import { Partition } from '../../replication/partition.ts'\nexport { Partition }",
    "import type { KafkaCluster } from '../../cluster.ts'\nexport type { KafkaCluster }",
  ]),
  ...from('src/broker/log/', [
    "import { Records } from '../../protocol/records/records.ts'\nexport { Records }",
    "import { Config } from '../config/config.ts'\nexport { Config }",
    'export const date = (ms: number) => new Date(ms).toISOString()',
    'export const ms = (text: string) => Date.parse(text)',
    'export const wait = (clock: { setTimer(ms: number): void }) => clock.setTimer(10)',
    'export const most = (a: number, b: number) => Math.max(a, b)',
    'export const next = (random: { next(): number }) => random.next()',
    "import { createHash } from 'node:crypto'\nexport { createHash }",
    'export const later = (f: () => void) => process.nextTick(f)',
  ]),
  ...from('src/testing/', [
    "import { KafkaCluster } from '../broker/cluster.ts'\nexport { KafkaCluster }",
    "import { Producer } from '../client/producer.ts'\nexport { Producer }",
    'export const wait = async () => await new Promise((done) => setTimeout(done, 1))',
    'export function count() { let n = 0; const seen = new Map(); return () => seen.set(n++, 0) }',
    'export const none: readonly string[] = []',
    'export const none: ReadonlyMap<string, number> = new Map()',
    'export const names = new Map([[0, "NONE"]])',
    'export class Fault { static readonly name = "cut"; count = 0 }',
    'for (let n = 0; n < 2; n++) globalThis.f(n)',
    'export class Table { static readonly made: number[]; static { let n = 0; Table.made = [n++] } }',
    '// biome-ignore lint/plugin/no-module-state: the table that any cluster would make\nexport let table = 0',
  ]),
  ...from('src/proxy/', [
    "import { Interception } from '../broker/network/interception.ts'\nexport { Interception }",
    "import { TimelineRecorder } from '../broker/timeline/recorder.ts'\nexport { TimelineRecorder }",
    "import { WaitQueue } from '../broker/wait-queue.ts'\nexport { WaitQueue }",
    "import { Fetch } from '../protocol/messages/fetch.ts'\nexport { Fetch }",
    "import { HandlerList } from '../intercept/handler-list.ts'\nexport { HandlerList }",
  ]),
  ...from('src/testing/', ["import { KafkaProxy } from '../proxy/kafka-proxy.ts'\nexport { KafkaProxy }"]),
  ...from('src/cli/', [
    "import { KafkaCluster } from '../index.ts'\nexport { KafkaCluster }",
    "import { KafkaProxy } from '../proxy/kafka-proxy.ts'\nexport { KafkaProxy }",
  ]),
  ...from('src/', ["export { KafkaCluster } from './broker/cluster.ts'"]),
  { path: 'src/broker/clock.ts', source: 'export const real = { now: Date.now, set: setTimeout }' },
  { path: 'src/client/time.ts', source: 'export const now = () => Date.now()' },
  { path: 'src/client/broker.ts', source: "import { Fetch } from '../protocol/messages/fetch.ts'\nexport { Fetch }" },
  { path: 'src/broker/random.ts', source: "import { randomInt } from 'node:crypto'\nexport const seed = randomInt" },
  { path: 'src/broker/cluster.ts', source: 'export const start = async () => await Promise.all([])' },
  // A cycle of types is none: it is gone when the program runs.
  { path: 'src/broker/this.ts', source: "import type { That } from './that.ts'\nexport type This = That[]" },
  { path: 'src/broker/that.ts', source: "import type { This } from './this.ts'\nexport type That = This[]" },
]

let findings: Map<string, string[]>

beforeAll(async () => {
  const cases = [...Object.values(offences).flat(), ...lawful]
  findings = await lint(Object.fromEntries(cases.map(({ path, source }) => [path, `${source}\n`])))
})

for (const law of Object.keys(laws) as (keyof typeof laws)[]) {
  describe(`the linter keeps the law "${law}"`, () => {
    it.each(offences[law])('in $path: $source', ({ path }) => {
      expect(findings.get(path)).toContainEqual(expect.stringContaining(laws[law]))
    })
  })
}

describe('the linter has nothing against', () => {
  it.each(lawful)('$path: $source', ({ path }) => {
    const broken = Object.values(laws).flatMap((law) => findings.get(path)?.filter((finding) => finding.includes(law)))
    expect(broken).toEqual([])
  })
})

/** Puts each source in a file of its own in `folder`. */
function from(folder: string, sources: string[]): Case[] {
  return sources.map((source) => ({ path: `${folder}case-${hash(source)}.ts`, source }))
}

function everywhere(folders: string[], source: string): Case[] {
  return folders.flatMap((folder) => from(folder, [source]))
}

function hash(text: string): string {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7).toString(36)
}
