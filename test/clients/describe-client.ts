import { afterAll, beforeAll, describe, test } from 'vitest'
import type { Client } from './client.ts'
import { cannotStart, type RunningCluster, startCluster } from './cluster.ts'
import { liveThroughARestart } from './scenario.ts'

/** A safety net for a client that hangs, not a measure of the broker. */
const timeout = 120_000

/** The same story for every client, on one broker and on three. */
export function describeClient(client: Client): void {
  describe.each([1, 3])(`${client.name} on %i broker(s)`, (brokers) => {
    const impossible = cannotStart(brokers)
    let cluster: RunningCluster | undefined

    beforeAll(async () => {
      if (!impossible) cluster = await startCluster(brokers)
    }, timeout)
    afterAll(async () => {
      if (!client.staysConnected) await cluster?.stop()
    })

    test(`writes with ${client.codecs.join(', ')}, reads in a group of two, loses a member, and resumes where it committed`, {
      timeout,
    }, async ({ skip }) => {
      const reason = impossible ?? (await client.unavailable?.(cluster?.bootstrapServers ?? []))
      if (reason) console.info(`skipped: ${client.name} on ${brokers} broker(s): ${reason}`)
      if (reason || !cluster) return skip(reason)
      await liveThroughARestart(client, cluster)
    })
  })
}
