/** Whether a project on vitest can test with the package: at run time and in its types. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'
import { aliasOf, typeScripts } from './types.ts'

const test = `
import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { describe, expect, inject, test, withKafka } from 'memkafka/vitest'
import { matchers } from 'memkafka/vitest/matchers'
import { test as base } from 'vitest'

expect.extend(matchers)

test('a record is acknowledged', async ({ cluster }) => {
  expect(cluster).toBeInstanceOf(KafkaCluster)
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  const [sent] = await producer.send({ topic: 'orders', messages: [{ value: 'created' }] })
  expect(sent?.errorCode).toBe(0)
  await producer.disconnect()
})

describe('three brokers', () => {
  test.override({ clusterOptions: { brokers: 3, leaks: 'fail' } })
  test('are three', ({ cluster }) => {
    expect(cluster.brokers).toHaveLength(3)
  })
  // @ts-expect-error: there is no such option
  const wrong = () => test.override({ clusterOptions: { broker: 3 } })
})

const extended = withKafka(base.extend('own', 'what a project has'), { per: 'worker' })
extended('beside fixtures of its own', ({ cluster, own }) => {
  expect([cluster.brokers.length, own]).toEqual([1, 'what a project has'])
})

test('the cluster of the run', () => {
  const servers: string[] = inject('kafkaBootstrapServers')
  expect(servers).toHaveLength(2)
})
`

const config = `
import { defineConfig } from 'vitest/config'
export default defineConfig({ test: { globalSetup: ['./global-setup.ts'] } })
`

const globalSetup = `
import { kafkaGlobalSetup } from 'memkafka/vitest/global-setup'
export default kafkaGlobalSetup({ brokers: 2 })
`

/** Writes the project's files. */
export function writeVitestProject({ folder }: Project): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'cluster.test.ts'), test)
  writeFileSync(join(folder, 'vitest.config.ts'), config)
  writeFileSync(join(folder, 'global-setup.ts'), globalSetup)
}

/** Runs the project's tests. Throws what vitest printed when they fail. */
export function runsUnderVitest(project: Project, node: string, ...flags: readonly string[]): void {
  project.run(node, join(project.folder, 'node_modules/vitest/vitest.mjs'), 'run', '--no-color', ...flags)
}

/** Compiles the project with the newest TypeScript; vitest's own declarations are not looked at. */
export function compilesWithVitest(project: Project): void {
  writeFileSync(
    join(project.folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        strict: true,
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable'],
        noEmit: true,
        skipLibCheck: true,
        types: ['node'],
      },
      include: ['*.ts'],
    }),
  )
  const newest = typeScripts.at(-1) as string
  project.run(process.execPath, join(project.folder, 'node_modules', aliasOf(newest), 'bin/tsc'), '-p', '.')
}
