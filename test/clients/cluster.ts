import kafkajs from 'kafkajs'

/** The brokers that the clients are tried on. */
export interface RunningCluster {
  readonly bootstrapServers: readonly string[]
  /** Resolves once every broker tells of the topic and its leaders. */
  knows(topic: string): Promise<void>
  /** What the question is answered with, once nothing in it fails. A real cluster is asked again until then, memkafka once. */
  settles<T>(question: () => Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** A real cluster to run the same tests on: `MEMKAFKA_TEST_BOOTSTRAP=127.0.0.1:9092,127.0.0.1:9093,…`, one address a broker. */
const real = process.env.MEMKAFKA_TEST_BOOTSTRAP?.split(',')

/** Why there cannot be a cluster of that size; nothing when there can. */
export function cannotStart(brokers: number): string | undefined {
  if (real && real.length !== brokers) return `MEMKAFKA_TEST_BOOTSTRAP names ${real.length} broker(s), not ${brokers}`
  return undefined
}

export async function startCluster(brokers: number): Promise<RunningCluster> {
  if (real) return { bootstrapServers: real, knows, settles, stop: async () => {} }
  const { KafkaCluster } = await import('../../src/index.ts')
  const cluster = await KafkaCluster.start({ brokers })
  // A topic is there, on every broker, before the answer that says so.
  return {
    bootstrapServers: cluster.bootstrapServers,
    knows: async () => {},
    settles: (question) => question(),
    stop: () => cluster.stop(),
  }
}

/** After how many failures a reader of the test's output is told what is waited for. */
const MANY = 1000

/** The brokers of a real cluster take up a change some time after the controller has acknowledged it. */
async function settles<T>(question: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await question()
    } catch (error) {
      if (failures === MANY) console.warn(`asked ${MANY} times, and still not so:`, error)
    }
  }
}

/** The brokers of a real cluster learn of a topic one by one, and clients fail on those that have not yet. */
async function knows(topic: string): Promise<void> {
  await Promise.all((real ?? []).map((broker) => brokerKnows(broker, topic)))
}

async function brokerKnows(broker: string, topic: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } })
  const admin = kafka.admin()
  await admin.connect()
  while (!(await tellsLeaders(admin, topic)));
  await admin.disconnect()
}

async function tellsLeaders(admin: kafkajs.Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics.every(({ partitions }) =>
      partitions.every(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length),
    )
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSProtocolError && error.retriable) return false
    throw error
  }
}
