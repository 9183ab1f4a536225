import { KafkaCluster } from '../../src/index.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { startKafka } from '../kafka/kafka.ts'
import type { Cluster } from './run.ts'

/** On how many brokers each program is run. */
const SHAPES: readonly number[] = [1, 3]

/** So many that each partition has a leader when one is gone. */
const REPLICAS = 3

/**
 * What both are told, so that what takes a while with Kafka's defaults takes less: transactions that are late are looked for more
 * often, a dead broker is found sooner, and all brokers hear of a new topic at once. Before KIP-1166 (4.1) a broker hears that a change
 * of metadata is committed with the next one, or after half a second: a member of librdkafka's that leads a group and asks it meanwhile
 * assigns nothing, and never looks again, where it has heard of the topic elsewhere before.
 */
function configs(brokers: number): Record<string, string> {
  return {
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
    'broker.heartbeat.interval.ms': '300',
    'broker.session.timeout.ms': '3000',
    'metadata.max.idle.interval.ms': '20',
    ...(brokers < REPLICAS ? {} : { 'min.insync.replicas': '2' }),
  }
}

/**
 * memkafka, in this process.
 * @param version the release of Kafka that it passes for
 */
export function memkafka(version?: string): Cluster[] {
  return SHAPES.map((brokers) => ({
    brokers,
    kills: brokers >= REPLICAS,
    start: async () => {
      const emulated = version === undefined ? {} : { version }
      const cluster = await KafkaCluster.start({ brokers, config: configs(brokers), ...emulated })
      let connections = 0
      cluster.events.on('connection:open', () => connections++)
      const broker = (wanted: number) => {
        const found = cluster.brokers.find(({ nodeId }) => nodeId === wanted)
        if (found === undefined) throw new RangeError(`there is no broker ${wanted}`)
        return found
      }
      return {
        bootstrapServers: cluster.bootstrapServers,
        stop: () => cluster.stop(),
        killBroker: async (nodeId) => broker(nodeId).kill(),
        startBroker: (nodeId) => broker(nodeId).start(),
        connections: () => connections,
      }
    },
  }))
}

/**
 * The real Kafka of a release, one cluster at a time. It takes seconds to start: every program is run against the same.
 * @param shapes how many brokers each has
 * @throws KafkaStartError, MavenError when there is no such Kafka
 */
export async function* kafka(version: string, shapes: readonly number[] = SHAPES): AsyncGenerator<Cluster, void, void> {
  for (const brokers of shapes) {
    const running = await startKafka({ version, brokers, configs: configs(brokers) })
    const { bootstrapServers } = running
    try {
      yield {
        brokers,
        kills: brokers >= REPLICAS,
        start: async () => ({
          bootstrapServers,
          stop: async () => {},
          killBroker: (nodeId) => running.stopBroker(nodeId, 'SIGKILL'),
          startBroker: (nodeId) => running.startBroker(nodeId),
        }),
      }
    } finally {
      await running.stop()
    }
  }
}

/** The same cluster, which clients reach through a proxy that has no handler: they are to notice nothing of it. */
export function behindProxy(cluster: Cluster): Cluster {
  return {
    ...cluster,
    start: async () => {
      const upstream = await cluster.start()
      try {
        const proxy = await KafkaProxy.start({ upstream: upstream.bootstrapServers })
        const before = upstream.connections?.() ?? 0
        let connections = 0
        proxy.events.on('connection:open', () => connections++)
        return {
          ...upstream,
          bootstrapServers: proxy.bootstrapServers,
          faults: () => {
            // Whoever is told of an upstream's own address goes there, and all else comes true.
            const past = (upstream.connections?.() ?? 0) - before - connections
            return past > 0 ? [`${past} connections went past the proxy`] : []
          },
          stop: async () => {
            await proxy.stop()
            await upstream.stop()
          },
        }
      } catch (error) {
        await upstream.stop()
        throw error
      }
    },
  }
}

/** A cluster that someone else has started. */
export function standing(bootstrapServers: readonly string[]): Cluster[] {
  return [
    { brokers: bootstrapServers.length, kills: false, start: async () => ({ bootstrapServers, stop: async () => {} }) },
  ]
}
