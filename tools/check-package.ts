/**
 * Tries the package as its users get it: packs it, installs the tarball in an empty project, and there imports it, runs
 * its binary and checks its types, on this Node.js and on the oldest one that package.json promises.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import ceilings from './package-checks/ceilings.json' with { type: 'json' }
import { jestPackages, runsUnderJest } from './package-checks/jest.ts'
import { PATIENCE_MS, Project } from './package-checks/project.ts'
import {
  aliasOf,
  clientLoadsNoMessage,
  compiles,
  instantiationsOfFrontDoor,
  typeScripts,
  waysToCompile,
} from './package-checks/types.ts'
import { compilesWithVitest, runsUnderVitest, writeVitestProject } from './package-checks/vitest.ts'

const house = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(house, 'package.json'), 'utf8'))
const oldestNode = `${/\d+\.\d+/.exec(manifest.engines.node)?.[0]}.0`

build()
const folder = mkdtempSync(join(tmpdir(), 'memkafka-package-'))
let failures = 0

try {
  const { tarball, files } = pack()
  await check('holds what package.json names and nothing else', () => holdsExactly(files))
  await check('packs into its ceiling', () => under('packedBytes', statSync(tarball).size))
  const inHouse = new Project(house)
  await check('publint finds nothing wrong', () => inHouse.run(bin('publint/src/cli.js'), tarball, '--strict'))
  // The oldest resolution of TypeScript knows no `exports`, and finds the front door only.
  const typesWrong = (entries: readonly Entry[], profile: string): string => {
    const names = entries.map(({ name }) => name)
    const told = ['--entrypoints', ...names, '--profile', profile, '--no-color']
    return inHouse.run(bin('@arethetypeswrong/cli/dist/index.js'), tarball, ...told)
  }
  await check('are-the-types-wrong finds nothing wrong', () => {
    typesWrong(
      entryPoints().filter(({ isCommonJs }) => isCommonJs),
      'node16',
    )
    typesWrong(
      entryPoints().filter(({ isCommonJs }) => !isCommonJs),
      'esm-only',
    )
  })

  const project = new Project(join(folder, 'modules'))
  install(
    project,
    'module',
    tarball,
    `node@${oldestNode}`,
    versioned('kafkajs'),
    versioned('@types/node'),
    ...compilers(),
  )
  const old = join(project.folder, 'node_modules/node/bin/node')
  await check(`the oldest Node.js that it promises is at hand: v${oldestNode}`, () => {
    const version = project.run(old, '--version').trim()
    if (version !== `v${oldestNode}`) throw new Error(`found ${version}`)
  })
  for (const [name, node] of [
    [`Node.js ${process.version}`, process.execPath],
    [`Node.js v${oldestNode}`, old],
  ] as const) {
    await check(`${name} imports it, starts and stops a cluster, and ends`, () => importsIt(project, node))
    await check(`${name} requires it from CommonJS`, () => requiresIt(project, node))
    await check(`${name} imports every entry point without the optional peers`, () => importsEverything(project, node))
    await check(`${name} carries a compressed record from kafkajs to kafkajs`, () => carriesARecord(project, node))
    await check(`${name} runs its binary until SIGTERM`, () => runsItsBinary(project, node))
  }
  await check('installs into its ceiling', () => under('installedBytes', installedBytes(project)))
  await check('is imported within its ceiling', () => under('importMs', importMs(project)))
  for (const [name, version, resolution] of waysToCompile()) {
    await check(name, () => compiles(project, version, resolution))
  }
  await check('its types load no message, and instantiate less than their ceiling', () =>
    under('instantiations', instantiationsOfFrontDoor(project)),
  )
  await check('the types of its client load no message either', () => clientLoadsNoMessage(project))

  const jest = new Project(join(folder, 'jest'))
  install(jest, 'commonjs', tarball, versioned('kafkajs'), versioned('@types/node'), ...jestPackages)
  await check('a project on jest and ts-jest, as they come, starts a cluster', () =>
    runsUnderJest(jest, process.execPath),
  )

  const vitest = new Project(join(folder, 'vitest'))
  const packages = [...['vitest', 'kafkajs', '@types/node'].map(versioned), ...compilers().slice(-1)]
  install(vitest, 'module', tarball, ...packages)
  writeVitestProject(vitest)
  for (const pool of ['forks', 'vmThreads']) {
    await check(`a project on vitest has a cluster for each test, in ${pool}`, () =>
      runsUnderVitest(vitest, process.execPath, `--pool=${pool}`),
    )
  }
  await check('its types hold there', () => compilesWithVitest(vitest))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failures === 0 ? 0 : 1

async function check(what: string, holds: () => unknown): Promise<void> {
  try {
    const figure = await holds()
    console.log(`ok: ${what}${typeof figure === 'string' && /^\w+: \d+ of \d+$/.test(figure) ? ` (${figure})` : ''}`)
  } catch (error) {
    failures++
    console.log(`NOT OK: ${what}\n${error instanceof Error ? error.message : error}`)
  }
}

/** npm by the Node.js that runs this: the one inside a project may be too old for it. */
function npm(cwd: string, ...args: string[]): string {
  const { npm_execpath: cli } = process.env
  const [command, first] = cli === undefined ? ['npm', []] : [process.execPath, [cli]]
  return execFileSync(command, [...first, ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 5 * PATIENCE_MS,
    stdio: 'pipe',
  })
}

/** Makes an empty project and installs packages in it. */
function install({ folder }: Project, type: 'module' | 'commonjs', ...packages: string[]): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type, allowScripts: { node: true } }))
  npm(folder, 'install', '--no-audit', '--no-fund', '--prefer-offline', ...packages)
}

/** A package in the version that the tests use. */
function versioned(name: string): string {
  const { version } = JSON.parse(readFileSync(join(house, 'node_modules', name, 'package.json'), 'utf8'))
  return `${name}@${version}`
}

function compilers(): string[] {
  return typeScripts.map((version) => `${aliasOf(version)}@npm:typescript@${version}`)
}

function bin(path: string): string {
  return join(house, 'node_modules', path)
}

/** Holds a figure to its ceiling; what it has come to is said either way. */
function under(name: keyof typeof ceilings, figure: number): string {
  const said = `${name}: ${Math.round(figure)} of ${ceilings[name]}`
  if (figure > ceilings[name]) throw new Error(`${said}: see tools/package-checks/ceilings.json`)
  return said
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

function pack(): { tarball: string; files: string[] } {
  const said = JSON.parse(npm(house, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder))
  // npm 11 says it in a list, npm 12 by the name of the package.
  const [packed] = Object.values<{ filename: string; files: { path: string }[] }>(said)
  if (packed === undefined) throw new Error('npm packed nothing')
  return { tarball: join(folder, packed.filename), files: packed.files.map((file) => file.path) }
}

function holdsExactly(files: string[]): void {
  const expected =
    /^(package\.json|README\.md|docs\/[a-z-]+\.md|examples\/[a-z0-9/.-]+\.(ts|js|mjs)|examples\/[a-z0-9/-]+\/(package|tsconfig|biome)\.json|LICENSE|CHANGELOG\.md|THIRD_PARTY_NOTICES|dist\/cjs\/package\.json|dist\/.+\.(js|d\.ts))$/
  const named = [manifest.exports, manifest.bin, manifest.main, manifest.types].flatMap(paths)
  const wanted = ['LICENSE', 'CHANGELOG.md', 'README.md', ...named.map((path) => path.replace('./', ''))]
  const missing = wanted.filter((file) => !files.includes(file))
  const stray = files.filter((file) => !expected.test(file))
  if (missing.length + stray.length > 0) {
    throw new Error(`missing: ${missing.join(', ') || 'nothing'}; not expected: ${stray.join(', ') || 'nothing'}`)
  }
}

/** Every path that a part of package.json names. */
function paths(part: unknown): string[] {
  return typeof part === 'string' ? [part] : Object.values(part as object).flatMap(paths)
}

/** `memkafka`, `memkafka/testing`, … */
interface Entry {
  readonly name: string
  /** Whether it is there in CommonJS too. */
  readonly isCommonJs: boolean
}

function entryPoints(): Entry[] {
  return Object.entries<string | object>(manifest.exports).flatMap(([path, to]) =>
    typeof to === 'string' ? [] : { name: `memkafka${path.slice(1)}`, isCommonJs: 'require' in to },
  )
}

function importsEverything({ folder }: Project, node: string): void {
  // A project of its own: the package alone is there.
  const alone = new Project(join(folder, 'alone'))
  cpSync(join(folder, 'node_modules/memkafka'), join(alone.folder, 'node_modules/memkafka'), { recursive: true })
  for (const { name, isCommonJs } of entryPoints()) {
    // An entry point that bears another package's name wants that package, and says so.
    const peer = /^memkafka\/(vitest|fast-check|msw)\b/.exec(name)?.[1]
    alone.run(node, '--input-type=module', '--eval', importing(name, peer))
    if (isCommonJs) alone.run(node, '--input-type=commonjs', '--eval', `require('${name}')`)
  }
}

/** Imports an entry point; where it wants a peer that is not there, no other package must be missing. */
function importing(name: string, peer: string | undefined): string {
  if (peer === undefined) return `await import('${name}')`
  return `await import('${name}').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes("package '${peer}'")) throw error
  })`
}

/** What the package takes on the disk; it has no dependencies. */
function installedBytes({ folder }: Project): number {
  const home = join(folder, 'node_modules/memkafka')
  return globSync('**/*', { cwd: home, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/** How long the import takes in a new process, in ms, at best. */
function importMs({ run }: Project): number {
  const timed = `const begun = performance.now(); await import('memkafka'); console.log(performance.now() - begun)`
  const times = Array.from({ length: 5 }, () => Number(run(process.execPath, '--input-type=module', '--eval', timed)))
  return Math.min(...times)
}

function importsIt({ folder, run }: Project, node: string): void {
  writeFileSync(
    join(folder, 'import.js'),
    `import { KafkaCluster } from 'memkafka'
     const cluster = await KafkaCluster.start({ brokers: 3 })
     if (cluster.bootstrapServers.length !== 3) throw new Error('bootstrap servers: ' + cluster.bootstrapServers)
     await cluster.stop()
     process.on('exit', () => console.log(process.getActiveResourcesInfo().filter((kind) => !/^(Pipe|TTY|FS)/.test(kind)).join()))`,
  )
  const left = run(node, 'import.js').trim()
  if (left !== '') throw new Error(`a stopped cluster leaves ${left}`)
}

function requiresIt({ folder, run }: Project, node: string): void {
  writeFileSync(
    join(folder, 'require.cjs'),
    `const { KafkaCluster } = require('memkafka')
     KafkaCluster.start().then((cluster) => cluster.stop()).then(() => console.log('stopped'))`,
  )
  if (run(node, 'require.cjs').trim() !== 'stopped') throw new Error('no cluster was started and stopped')
}

function carriesARecord({ folder, run }: Project, node: string): void {
  writeFileSync(
    join(folder, 'kafkajs.js'),
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

async function runsItsBinary({ folder }: Project, node: string): Promise<void> {
  const binary = join(folder, 'node_modules/memkafka', manifest.bin.memkafka)
  const broker = spawn(node, [binary, '--port', '0', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const stuck = setTimeout(() => broker.kill('SIGKILL'), PATIENCE_MS)
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
