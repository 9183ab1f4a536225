import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { AlterClientQuotas } from '../../src/protocol/messages/alter-client-quotas.ts'
import { DescribeClientQuotas } from '../../src/protocol/messages/describe-client-quotas.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { WireClient } from '../../test/wire-client.ts'
import type { RunningKafka } from '../kafka/kafka.ts'
import { SESSION_TIMEOUT_MS } from './shapes.ts'
import type { Side } from './side.ts'

/** What a request that is answered at once may take on a busy machine, ms; scripts have requests wait for longer. */
const AT_ONCE_MS = 300

/** What real brokers are given to do what is under way, ms: nothing tells when they have. */
const QUIET_MS = 150

/** Between two questions to a broker that does not know yet what it is to know. */
const PAUSE_MS = 5

/** How long the controller may take to see that a broker has gone. */
const GONE_MS = SESSION_TIMEOUT_MS + 20_000

/** Every release that is compared has it. */
const METADATA_VERSION = 9

/**
 * Brokers of a real cluster, in the order of their node ids, the first of which is 1.
 * @param running what stops and starts them; left out: no script may
 */
export async function realSide(name: string, addresses: readonly string[], running?: RunningKafka): Promise<Side> {
  const clients = new Map<number, WireClient>()
  const addressOf = (nodeId: number): string => addresses[nodeId - 1] as string
  for (const [i, address] of addresses.entries()) clients.set(i + 1, await WireClient.to(address))
  const paused = new Set<number>()
  let settlements = 0

  /** Has a quota changed and waits until a broker tells it: what was in the metadata log before has reached that broker. */
  async function settle(): Promise<void> {
    settlements++
    const value = settlements
    const [first] = clients.values()
    if (first === undefined) return
    const entity = [{ entityType: 'client-id', entityName: 'settled' }]
    const ops = [{ key: 'request_percentage', value }]
    await first.send(AlterClientQuotas, 1, { entries: [{ entity, ops }] })
    const components = [{ entityType: 'client-id', matchType: 0, match: 'settled' }]
    for (const client of clients.values()) {
      for (;;) {
        const { entries } = await client.send(DescribeClientQuotas, 1, { components, strict: true })
        if (entries?.[0]?.values[0]?.value === value) break
        await delay(PAUSE_MS)
      }
    }
  }

  /** What a broker tells first it may still be acting on; the second change waits for that. */
  async function settled(): Promise<void> {
    await settle()
    await settle()
  }

  function owned(): RunningKafka {
    if (running === undefined) throw new Error(`${name}: its brokers cannot be stopped from here`)
    return running
  }

  async function end(nodeId: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    clients.get(nodeId)?.close()
    clients.delete(nodeId)
    await owned().stopBroker(nodeId, signal)
    await heldForDead(nodeId)
  }

  async function heldForDead(nodeId: number): Promise<void> {
    for (const client of clients.values()) await lacks(client, nodeId)
    await settled()
  }

  /** @param come has the broker come back; done when all know it */
  async function back(nodeId: number, come: (kafka: RunningKafka) => Promise<void>): Promise<void> {
    if (clients.has(nodeId)) return
    await come(owned())
    clients.set(nodeId, await WireClient.to(addressOf(nodeId)))
    await settled()
  }

  async function lacks(client: WireClient, nodeId: number): Promise<void> {
    const late = performance.now() + GONE_MS
    for (;;) {
      const { brokers } = await client.send(Metadata, METADATA_VERSION, { topics: [] })
      if (brokers.every((broker) => broker.nodeId !== nodeId)) return
      if (performance.now() > late) throw new Error(`${name}: broker ${nodeId} is stopped and held for alive`)
      await delay(PAUSE_MS)
    }
  }

  return {
    name,
    brokers: addresses.length,
    now: () => Date.now(),
    connect: async (nodeId) => {
      const address = addressOf(nodeId)
      const at = address.lastIndexOf(':')
      const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)), noDelay: true })
      await once(socket, 'connect')
      return socket
    },
    await: async (answer, limitMs, wanted) => {
      const start = performance.now()
      const limit = new AbortController()
      const late = wanted.then(() => delay(limitMs, undefined, { signal: limit.signal })).catch(() => undefined)
      try {
        const first = await Promise.race([answer, late])
        return { answer: first ?? undefined, waited: performance.now() - start > AT_ONCE_MS }
      } finally {
        limit.abort()
      }
    },
    pass: (ms) => delay(ms),
    quiet: async () => {
      await delay(QUIET_MS)
      // On a busy machine that takes longer, and what it is waited for does too.
      await settle()
    },
    settled,
    stopBroker: (nodeId) => end(nodeId, 'SIGTERM'),
    killBroker: (nodeId) => end(nodeId, 'SIGKILL'),
    pauseBroker: async (nodeId) => {
      const kafka = owned()
      paused.add(nodeId)
      clients.get(nodeId)?.close()
      clients.delete(nodeId)
      kafka.pauseBroker(nodeId)
    },
    heldForDead,
    resumeBroker: async (nodeId) => {
      if (paused.delete(nodeId)) await back(nodeId, (kafka) => kafka.resumeBroker(nodeId))
    },
    startBroker: (nodeId) => back(nodeId, (kafka) => kafka.startBroker(nodeId)),
    stop: async () => {
      for (const client of clients.values()) client.close()
    },
  }
}
