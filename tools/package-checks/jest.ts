/** Whether a project on jest as its template leaves it, CommonJS and ts-jest, can start a cluster. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'

const test = `
import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'

let cluster: KafkaCluster
beforeEach(async () => {
  cluster = await KafkaCluster.start()
})
afterEach(() => cluster.stop())

test('a record is acknowledged', async () => {
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  const [sent] = await producer.send({ topic: 'orders', messages: [{ value: 'created' }] })
  expect(sent.errorCode).toBe(0)
  await producer.disconnect()
})
`

/** The packages that such a project has. */
export const jestPackages: readonly string[] = ['jest@30', 'ts-jest@29', '@types/jest@30', 'typescript@5.9']

/** Runs the project's one test. Throws what jest printed when it fails. */
export function runsUnderJest(project: Project, node: string): void {
  mkdirSync(project.folder, { recursive: true })
  writeFileSync(join(project.folder, 'cluster.test.ts'), test)
  // What `npx ts-jest config:init` writes.
  writeFileSync(
    join(project.folder, 'jest.config.js'),
    "module.exports = { testEnvironment: 'node', transform: { '^.+\\\\.tsx?$': ['ts-jest', {}] } }\n",
  )
  writeFileSync(
    join(project.folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { target: 'es2022', module: 'commonjs', esModuleInterop: true, strict: true } }),
  )
  project.run(node, join(project.folder, 'node_modules/jest/bin/jest.js'))
}
