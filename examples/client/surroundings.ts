import { parseArgs } from 'node:util'
import { KafkaCluster } from 'memkafka'
import { type Clock, type ConfigOptions, ErrUnsupportedVersion, newClient, V0_10_0_1, V2_1_0_0 } from 'memkafka/client'
import { Fetch } from 'memkafka/testing'

/** What a program is given: everything that is not its subject. */
export interface Surroundings {
  /** `host:port` of some of the brokers. */
  readonly addrs: readonly string[]
  /** How to reach them, and whose clock to go by. Left out: TCP, and the machine's clock. */
  readonly options?: ConfigOptions
  /** Instead of the version that the program names. */
  readonly version?: string | undefined
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  readonly print: (...values: unknown[]) => void
}

const TOPIC = '0606_test'
const USAGE = `Options:
  --bootstrap HOST:PORT,…  a cluster that is there, with the topic ${TOPIC} of three partitions or more;
                           left out: memkafka in this process
  --version V              the release of Kafka to speak like; left out: 0.10.0.1, or 2.1.0 where that is too old`

/**
 * Runs a program until it ends or Ctrl-C ends it.
 * @param beside what runs beside it on a memkafka in this process, where nobody else would
 */
export async function run(
  program: (surroundings: Surroundings) => Promise<void>,
  beside: (surroundings: Surroundings) => Promise<void> = async () => {},
): Promise<void> {
  const { bootstrap, version } = commandLine()
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
  let cluster: KafkaCluster | undefined
  try {
    cluster =
      bootstrap === undefined
        ? await KafkaCluster.start({ brokers: 3, topics: { [TOPIC]: { partitions: 3, replicationFactor: 3 } } })
        : undefined
    const addrs = cluster?.bootstrapServers ?? (bootstrap ?? '').split(',')
    const surroundings: Surroundings = {
      addrs,
      version: version ?? (await oldest(addrs)),
      signal: stop.signal,
      print: console.log,
    }
    // Whichever ends first ends the other.
    const all = [program(surroundings), ...(cluster ? [beside({ ...surroundings, print: () => {} })] : [])]
    for (const one of all) one.catch(() => stop.abort())
    await Promise.all(all.map((one) => one.finally(() => one === all[0] && stop.abort())))
  } catch (error) {
    console.error(String(error))
    process.exitCode = 1
  } finally {
    await cluster?.stop()
  }
}

/** Undefined where the cluster serves clients like those of the notes; from Kafka 4.0 on those of 2.1 are the oldest (KIP-896). */
async function oldest(addrs: readonly string[]): Promise<string | undefined> {
  const client = await newClient(addrs, { version: V0_10_0_1 })
  try {
    await client.leastLoadedBroker().versionOf(Fetch)
    return undefined
  } catch (error) {
    if (error instanceof ErrUnsupportedVersion) return V2_1_0_0
    throw error
  } finally {
    await client.close()
  }
}

function commandLine(): { bootstrap?: string; version?: string } {
  try {
    const { values } = parseArgs({
      options: { bootstrap: { type: 'string' }, version: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help !== true) return values
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    process.exit(2)
  }
}

/** Go's time.Sleep, but for Ctrl-C: then it ends at once. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimer(delayMs, end)
    signal.addEventListener('abort', end)
  })
}
