/**
 * Does what users do with Confluent's client of a Schema Registry, against memkafka's, and prints a line for each check:
 *
 *   ok <check>
 *   failed <check>: <why>
 *
 *   node conformance/schema-registry/program.ts FOLDER    the folder in which npm has installed the client
 *
 * A process of its own: msw takes the place of what a process has for HTTP.
 */
import { setupServer } from 'msw/node'
import { KafkaCluster } from '../../src/index.ts'
import { schemaRegistry } from '../../src/testing/msw/index.ts'
import { checks } from './checks.ts'
import { load } from './confluent.ts'
import { URL, World } from './world.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('the folder of the client is missing')
const libraries = load(folder)
const cluster = await KafkaCluster.start()
const registry = () => schemaRegistry(cluster, { url: URL })
const server = setupServer(...registry())
server.listen({ onUnhandledFrame: 'error' })
try {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(new World(libraries, cluster, () => server.resetHandlers(...registry())))
      console.log(`ok ${name}`)
    } catch (error) {
      console.log(`failed ${name}: ${String(error instanceof Error ? error.message : error).replaceAll('\n', ' ')}`)
    }
  }
} finally {
  server.close()
  await cluster.stop()
}
