/** Whether the package's types hold for those who use them: with every TypeScript, resolved in every way. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'

/** The releases of TypeScript that users are on. */
export const typeScripts: readonly string[] = ['5.9', '6', '7']

/** How they resolve imports: as Node.js does, or as bundlers do. */
const resolutions = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
]

/** The name under which a release of TypeScript is installed beside the others. */
export function aliasOf(version: string): string {
  return `typescript-${version.replace('.', '-')}`
}

/** What the users of each entry point write. */
const consumer = `
import { KafkaCluster, KafkaError, type ClusterOptions } from 'memkafka'
import { type ConsumerMessage, newAsyncProducer, newConfig, ProducerError, WaitForAll } from 'memkafka/client'
import { Fetch, respond } from 'memkafka/testing'

const options: ClusterOptions = { brokers: 3, topics: { orders: { partitions: 6 } } }
export async function use(): Promise<readonly string[]> {
  await using cluster = await KafkaCluster.start(options)
  const remove: () => void = cluster.use(respond(Fetch, ({ request }) => (request.maxWaitMs > 0 ? {} : undefined)))
  cluster.events.on('topic:create', ({ name, partitions }) => console.log(name.length + partitions), { once: true })
  remove()
  await cluster.clock.advance(5).catch((error: unknown) => error instanceof KafkaError)
  return cluster.group('billing').members.map(({ memberId }) => memberId)
}
export async function produce(cluster: KafkaCluster): Promise<number> {
  const config = newConfig(cluster.clientConfig(), { producer: { requiredAcks: WaitForAll } })
  await using producer = await newAsyncProducer(cluster.bootstrapServers, config)
  await producer.input.send({ topic: 'orders', key: 'order-1', value: 'created' })
  for await (const error of producer.errors) if (error instanceof ProducerError) throw error.err
  return config.net.maxOpenRequests
}
export const read = ({ value, offset }: ConsumerMessage): string => offset + String(value)
// @ts-expect-error: a config has no such key
newConfig({ producer: { acks: 1 } })
// @ts-expect-error: a cluster has no such option
void KafkaCluster.start({ nonsense: true })
// @ts-expect-error: nor has a response such a field
respond(Fetch, () => ({ nonsense: 1 }))
`

/** A module that imports the front door alone, whose compilation is measured. */
const frontDoor = `import { KafkaCluster } from 'memkafka'\nexport const start = (): Promise<KafkaCluster> => KafkaCluster.start()\n`

/** Compiles the consumer with one TypeScript in one way; the libraries' own declarations are checked too. */
export function compiles(project: Project, version: string, resolution: (typeof resolutions)[number]): void {
  writeFileSync(join(project.folder, 'consumer.ts'), consumer)
  if (resolution.module === 'nodenext') writeFileSync(join(project.folder, 'consumer.cts'), frontDoor)
  compile(project, version, ['consumer.ts', ...(resolution.module === 'nodenext' ? ['consumer.cts'] : [])], resolution)
}

/** Every way of compiling it, with a name. */
export function waysToCompile(): [name: string, version: string, resolution: (typeof resolutions)[number]][] {
  return typeScripts.flatMap((version) =>
    resolutions.map((resolution): [string, string, (typeof resolutions)[number]] => [
      `TypeScript ${version} resolves and checks it as ${resolution.moduleResolution}`,
      version,
      resolution,
    ]),
  )
}

/**
 * How many types the newest TypeScript instantiates for a consumer of the front door, beyond those of a module that imports
 * nothing. Throws when it loads a message's types.
 */
export function instantiationsOfFrontDoor(project: Project): number {
  const said = diagnosed(project, 'front-door.ts', frontDoor)
  refuseMessages('memkafka', said)
  return instantiations(said) - instantiations(diagnosed(project, 'empty.ts', 'export {}\n'))
}

/** Throws when the client's types load a message's. */
export function clientLoadsNoMessage(project: Project): void {
  refuseMessages('memkafka/client', diagnosed(project, 'client.ts', `export { newClient } from 'memkafka/client'\n`))
}

function refuseMessages(entry: string, said: string): void {
  const ours = said.split('\n').filter((file) => file.includes('memkafka/dist/'))
  if (ours.length === 0) throw new Error(`the types of ${entry} were not loaded at all`)
  const messages = ours.filter((file) => file.includes('/protocol/messages/'))
  if (messages.length > 0) throw new Error(`importing ${entry} loads the types of messages:\n${messages.join('\n')}`)
}

/** What the newest TypeScript says of its work on one module. */
function diagnosed(project: Project, file: string, source: string): string {
  writeFileSync(join(project.folder, file), source)
  const newest = typeScripts.at(-1) as string
  const asNodeDoes = resolutions[0] as (typeof resolutions)[number]
  return compile(project, newest, [file], asNodeDoes, ['--listFiles', '--extendedDiagnostics'])
}

function instantiations(said: string): number {
  const count = /^Instantiations:\s+(\d+)/m.exec(said)?.[1]
  if (count === undefined) throw new Error(`tsc did not say how many types it instantiated:\n${said}`)
  return Number(count)
}

function compile(
  project: Project,
  version: string,
  files: readonly string[],
  resolution: (typeof resolutions)[number],
  flags: readonly string[] = [],
): string {
  writeFileSync(
    join(project.folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...resolution,
        strict: true,
        target: 'es2022',
        lib: ['es2024', 'esnext.disposable'],
        noEmit: true,
        skipLibCheck: false,
        exactOptionalPropertyTypes: true,
        types: ['node'],
      },
      files,
    }),
  )
  const tsc = join(project.folder, 'node_modules', aliasOf(version), 'bin/tsc')
  return project.run(process.execPath, tsc, '-p', '.', ...flags)
}
