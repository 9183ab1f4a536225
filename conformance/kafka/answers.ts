import { setTimeout as after } from 'node:timers/promises'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { WireClient } from '../../test/wire-client.ts'

/** Every release that is run here has it, and the last one may yet come to lack it. */
const METADATA_VERSION = 9

/** Between two questions to a broker that is not up. */
const PAUSE_MS = 50

/**
 * Resolves when every one of these brokers answers, and knows all of them and a controller: only then has each been let in by the
 * controller, and is given leaderships.
 */
export async function answers(bootstrapServers: readonly string[], signal: AbortSignal): Promise<void> {
  const count = bootstrapServers.length
  await Promise.all(
    bootstrapServers.map(async (address) => {
      while (!signal.aborted && (await brokersKnownTo(address)) < count) await after(PAUSE_MS)
    }),
  )
}

/** How many brokers this one knows of; 0 when it does not answer yet. */
async function brokersKnownTo(address: string): Promise<number> {
  try {
    const client = await WireClient.to(address)
    try {
      const { errorCode } = await client.send(ApiVersions, 0, {})
      const { brokers, controllerId } = await client.send(Metadata, METADATA_VERSION, { topics: [] })
      return errorCode === 0 && controllerId >= 0 ? brokers.length : 0
    } finally {
      client.close()
    }
  } catch {
    return 0
  }
}
