import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Client } from './client.ts'
import { cannotStart, type RunningCluster, startCluster } from './cluster.ts'

/** A cluster that admin clients are tried on. */
export interface AdminCluster extends RunningCluster {
  /** How many brokers there are, and how many replicas a topic gets. */
  readonly size: number
}

/**
 * The tests of an admin client, on one broker and on three. They run side by side, each with topics and groups of its
 * own, so that one in which the client bides its time holds up none.
 */
export function describeAdmin(
  name: string,
  ready: (cluster: AdminCluster) => Promise<unknown>,
  tests: (cluster: () => AdminCluster) => void,
  { staysConnected = false }: Pick<Client, 'staysConnected'> = {},
): void {
  for (const size of [1, 3]) {
    const impossible = cannotStart(size)
    if (impossible) console.info(`skipped: ${name} on ${size} broker(s): ${impossible}`)
    describe(`${name} on ${size} broker(s)`, { concurrent: true, skip: impossible !== undefined }, () => {
      let cluster: AdminCluster | undefined
      beforeAll(async () => {
        cluster = { ...(await startCluster(size)), size }
        await ready(cluster)
      })
      afterAll(async () => {
        if (!staysConnected) await cluster?.stop()
      })

      tests(() => {
        if (!cluster) throw new Error('the cluster has not started')
        return cluster
      })
    })
  }
}

/** A name that no other test has. */
export function named(what: string): string {
  return `${what}-${randomUUID()}`
}
