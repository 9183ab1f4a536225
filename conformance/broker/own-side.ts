import { KafkaCluster } from '../../src/index.ts'
import { groupProtocols } from '../kafka/group-protocols.ts'
import { SESSION_TIMEOUT_MS, type Shape } from './shapes.ts'
import type { Side, Waited } from './side.ts'

/** What memkafka is given so that it does what Kafka does: every deliberate difference that has a switch is switched back. */
const KAFKAS_WAY: Readonly<Record<string, string>> = {
  'memkafka.auto.create.topics.at.once': 'false',
  'memkafka.validate.compressed.records': 'true',
  // What real brokers are started with here.
  'group.initial.rebalance.delay.ms': '0',
}

/** The group protocols that real brokers of a release are started with: in 3.9 another coordinator comes with them. */
function protocolsOf(version: string): Readonly<Record<string, string>> {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return groupProtocols({ version, major, minor }, false).configs
}

/** memkafka, passing for a release, on virtual time and connections in memory. */
export async function ownSide(version: string, { brokers, configs, racks }: Shape): Promise<Side> {
  const cluster = await KafkaCluster.start({
    version,
    brokers: racks?.map((rack, i) => ({ nodeId: i + 1, rack })) ?? brokers,
    clock: 'virtual',
    config: { ...KAFKAS_WAY, ...protocolsOf(version), ...configs },
  })
  const { clock } = cluster

  /** A request goes there in one turn, its answer comes back in the next. */
  async function settle(): Promise<void> {
    await clock.advance(0)
    await clock.advance(0)
  }

  function broker(id: number) {
    const found = cluster.brokers.find(({ nodeId }) => nodeId === id)
    if (found === undefined) throw new Error(`there is no broker ${id}`)
    return found
  }

  return {
    name: `memkafka as ${version}`,
    brokers,
    now: () => clock.now(),
    connect: async (nodeId) => cluster.connect(nodeId),
    await: async <T>(answer: Promise<T>, limitMs: number, wanted: Promise<void>): Promise<Waited<T>> => {
      let came: { answer: T } | { error: unknown } | undefined
      answer.then(
        (value) => {
          came = { answer: value }
        },
        (error) => {
          came = { error }
        },
      )
      await settle()
      const waited = came === undefined
      if (waited) {
        await wanted
        let late = false
        const timer = clock.setTimer(limitMs, () => {
          late = true
        })
        await clock.runUntil(() => came !== undefined || late)
        timer.cancel()
      }
      const seen = came as { answer: T } | { error: unknown } | undefined
      if (seen !== undefined && 'error' in seen) throw seen.error
      return { answer: seen?.answer, waited }
    },
    pass: (ms) => clock.advance(ms),
    quiet: settle,
    settled: settle,
    stopBroker: async (nodeId) => {
      await broker(nodeId).stop()
      await settle()
    },
    killBroker: async (nodeId) => {
      await broker(nodeId).kill({ noticed: 'by timeout' })
      await clock.advance(SESSION_TIMEOUT_MS)
      await settle()
    },
    pauseBroker: async (nodeId) => {
      broker(nodeId).pause()
    },
    heldForDead: async () => {
      await clock.advance(SESSION_TIMEOUT_MS)
      await settle()
    },
    resumeBroker: async (nodeId) => {
      broker(nodeId).resume()
      await settle()
    },
    startBroker: async (nodeId) => {
      await broker(nodeId).start()
      await settle()
    },
    stop: () => cluster.stop(),
  }
}
