/**
 * Tries the package as its users get it: packs it, installs the tarball in an empty project, and there imports it, runs
 * its binary and checks its types, on this Node.js and on the oldest one that package.json promises.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const house = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(house, 'package.json'), 'utf8'))
const oldestNode = `${/\d+\.\d+/.exec(manifest.engines.node)?.[0]}.0`
/** Nothing here takes this long, in ms; what does is stuck, and its process is ended. */
const patience = 60_000

build()
const project = mkdtempSync(join(tmpdir(), 'memkafka-package-'))
let failures = 0

try {
  const { filename, files } = pack()
  await check('holds what package.json names and nothing else', () => holdsExactly(files))

  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ private: true, type: 'module', allowScripts: { node: true } }),
  )
  npm(
    project,
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    join(project, filename),
    `node@${oldestNode}`,
    kafkajs(),
  )
  const old = join(project, 'node_modules/node/bin/node')
  await check(`the oldest Node.js that it promises is at hand: v${oldestNode}`, () => {
    const version = run(old, '--version').trim()
    if (version !== `v${oldestNode}`) throw new Error(`found ${version}`)
  })
  for (const [name, node] of [
    [`Node.js ${process.version}`, process.execPath],
    [`Node.js v${oldestNode}`, old],
  ] as const) {
    await check(`${name} imports it, starts and stops a cluster, and ends`, () => importsIt(node))
    await check(`${name} requires it from CommonJS`, () => requiresIt(node))
    await check(`${name} carries a compressed record from kafkajs to kafkajs`, () => carriesARecord(node))
    await check(`${name} runs its binary until SIGTERM`, () => runsItsBinary(node))
  }
  await check('its types hold in a strict project, and load no message', () => typesHold())
} finally {
  rmSync(project, { recursive: true, force: true })
}
process.exitCode = failures === 0 ? 0 : 1

async function check(what: string, holds: () => void | Promise<void>): Promise<void> {
  try {
    await holds()
    console.log(`ok: ${what}`)
  } catch (error) {
    failures++
    console.log(`NOT OK: ${what}\n${error instanceof Error ? error.message : error}`)
  }
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: project, encoding: 'utf8', timeout: patience, stdio: 'pipe' })
}

/** npm by the Node.js that runs this: the one inside the project may be too old for it. */
function npm(cwd: string, ...args: string[]): string {
  const { npm_execpath: cli } = process.env
  const [command, first] = cli === undefined ? ['npm', []] : [process.execPath, [cli]]
  return execFileSync(command, [...first, ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 10 * patience,
    stdio: 'pipe',
  })
}

/** The kafkajs that the tests use. */
function kafkajs(): string {
  const { version } = JSON.parse(readFileSync(join(house, 'node_modules/kafkajs/package.json'), 'utf8'))
  return `kafkajs@${version}`
}

function build(): void {
  try {
    npm(house, 'run', 'build')
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    console.log(stdout ?? '', stderr ?? error)
    process.exit(1)
  }
}

function pack(): { filename: string; files: string[] } {
  const said = JSON.parse(npm(house, 'pack', '--json', '--ignore-scripts', '--pack-destination', project))
  // npm 11 says it in a list, npm 12 by the name of the package.
  const [packed] = Object.values<{ filename: string; files: { path: string }[] }>(said)
  if (packed === undefined) throw new Error('npm packed nothing')
  return { filename: packed.filename, files: packed.files.map((file) => file.path) }
}

function holdsExactly(files: string[]): void {
  const expected = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(js|cjs|d\.ts))$/
  const exported = Object.values<string | Record<string, string>>(manifest.exports)
  const binaries: Record<string, string> = manifest.bin
  const named = [...exported, binaries].flatMap((to) => (typeof to === 'string' ? to : Object.values(to)))
  const wanted = ['LICENSE', 'CHANGELOG.md', 'README.md', ...named.map((path) => path.replace('./', ''))]
  const missing = wanted.filter((file) => !files.includes(file))
  const stray = files.filter((file) => !expected.test(file))
  if (missing.length + stray.length > 0) {
    throw new Error(`missing: ${missing.join(', ') || 'nothing'}; not expected: ${stray.join(', ') || 'nothing'}`)
  }
}

function importsIt(node: string): void {
  writeFileSync(
    join(project, 'import.js'),
    `import { KafkaCluster } from 'memkafka'
     const cluster = await KafkaCluster.start({ brokers: 3 })
     if (cluster.bootstrapServers.length !== 3) throw new Error('bootstrap servers: ' + cluster.bootstrapServers)
     await cluster.stop()
     process.on('exit', () => console.log(process.getActiveResourcesInfo().filter((kind) => !/^(Pipe|TTY|FS)/.test(kind)).join()))`,
  )
  const left = run(node, 'import.js').trim()
  if (left !== '') throw new Error(`a stopped cluster leaves ${left}`)
}

function requiresIt(node: string): void {
  writeFileSync(
    join(project, 'require.cjs'),
    `const { KafkaCluster } = require('memkafka')
     KafkaCluster.start().then((cluster) => cluster.stop()).then(() => console.log('stopped'))`,
  )
  if (run(node, 'require.cjs').trim() !== 'stopped') throw new Error('no cluster was started and stopped')
}

function carriesARecord(node: string): void {
  writeFileSync(
    join(project, 'kafkajs.js'),
    `import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
     import { KafkaCluster } from 'memkafka'
     const cluster = await KafkaCluster.start({ topics: { orders: { partitions: 1 } } })
     const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.ERROR })
     const producer = kafka.producer()
     await producer.connect()
     await producer.send({ topic: 'orders', compression: CompressionTypes.GZIP, messages: [{ key: 'k', value: 'carried' }] })
     await producer.disconnect()
     const consumer = kafka.consumer({ groupId: 'readers' })
     await consumer.connect()
     await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
     const value = await new Promise((read) => consumer.run({ eachMessage: async ({ message }) => read(message.value) }))
     await consumer.disconnect()
     await cluster.stop()
     console.log(value.toString())`,
  )
  const printed = run(node, '--no-deprecation', 'kafkajs.js').trim()
  if (printed !== 'carried') throw new Error(`the consumer read ${printed}`)
}

async function runsItsBinary(node: string): Promise<void> {
  const binary = join(project, 'node_modules/memkafka', manifest.bin.memkafka)
  const broker = spawn(node, [binary, '--port', '0', '--json'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] })
  const stuck = setTimeout(() => broker.kill('SIGKILL'), patience)
  try {
    const { bootstrapServers } = JSON.parse(await firstLine(broker))
    await reach(bootstrapServers[0])
    broker.kill('SIGTERM')
    const end = await ended(broker)
    if (end !== 0) throw new Error(`after SIGTERM it ended with ${end}`)
  } finally {
    clearTimeout(stuck)
    broker.kill('SIGKILL')
  }
}

async function firstLine(broker: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: broker.stdout as NodeJS.ReadableStream })) return line
  throw new Error(`it printed nothing and ended with ${await ended(broker)}`)
}

function ended(broker: ChildProcess): Promise<number | string | null> {
  if (broker.exitCode !== null || broker.signalCode !== null)
    return Promise.resolve(broker.exitCode ?? broker.signalCode)
  return new Promise((end) => broker.once('exit', (code, signal) => end(code ?? signal)))
}

function reach(address: string): Promise<void> {
  const [host = '', port] = address.split(':')
  return new Promise((reached, fail) => {
    const socket = connect(Number(port), host, () => {
      socket.destroy()
      reached()
    })
    socket.once('error', fail)
  })
}

function typesHold(): void {
  writeFileSync(
    join(project, 'types.ts'),
    `import { KafkaCluster } from 'memkafka'
     await using cluster = await KafkaCluster.start({ brokers: 3 })
     export const servers: readonly string[] = cluster.bootstrapServers
     // @ts-expect-error: a cluster has no such option
     await KafkaCluster.start({ nonsense: true })`,
  )
  writeFileSync(
    join(project, 'types.cts'),
    `import { KafkaCluster } from 'memkafka'
     export const start = (): Promise<KafkaCluster> => KafkaCluster.start()`,
  )
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        target: 'es2022',
        module: 'nodenext',
        noEmit: true,
        exactOptionalPropertyTypes: true,
        typeRoots: [join(house, 'node_modules/@types')],
        types: ['node'],
      },
      files: ['types.ts', 'types.cts'],
    }),
  )
  const tsc = join(house, 'node_modules/typescript/bin/tsc')
  let listed: string
  try {
    listed = run(process.execPath, tsc, '-p', '.', '--listFiles')
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout ?? String(error))
  }
  const ours = listed.split('\n').filter((file) => file.includes('memkafka/dist/'))
  const messages = ours.filter((file) => file.includes('/protocol/messages/'))
  if (ours.length === 0) throw new Error('the types of memkafka were not loaded at all')
  if (messages.length > 0) throw new Error(`importing memkafka loads the types of messages:\n${messages.join('\n')}`)
}
