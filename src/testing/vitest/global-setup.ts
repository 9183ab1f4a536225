/**
 * One cluster for a whole run: name it in vitest's `globalSetup`, and every test has `inject('kafkaBootstrapServers')`.
 *
 * ```ts
 * export default defineConfig({ test: { globalSetup: ['memkafka/vitest/global-setup'] } })
 * ```
 */
import { KafkaCluster } from '../../broker/cluster.ts'
import type { ClusterOptions } from '../../broker/options.ts'
import type { Provided } from './provided.ts'

export type { Provided } from './provided.ts'

/** What of vitest's `TestProject` a global setup uses. */
export interface ProvidingProject {
  provide<K extends keyof Provided & string>(key: K, value: Provided[K]): void
}

/** What vitest's `globalSetup` calls before the first test; what it gives back is called after the last. */
export type GlobalSetup = (project: ProvidingProject) => Promise<() => Promise<void>>

/** The environment variable that holds the options of the cluster of `memkafka/vitest/global-setup`, in JSON. */
const OPTIONS_VARIABLE = 'MEMKAFKA_OPTIONS'

/**
 * A global setup of one's own: the default export of a file that `globalSetup` names.
 *
 * ```ts
 * export default kafkaGlobalSetup({ brokers: 3, topics: { orders: { partitions: 6 } } })
 * ```
 */
export function kafkaGlobalSetup(options: ClusterOptions = {}): GlobalSetup {
  return async (project) => {
    const cluster = await KafkaCluster.start(options)
    project.provide('kafkaBootstrapServers', cluster.bootstrapServers)
    return () => cluster.stop()
  }
}

/** Starts a cluster with the options in `MEMKAFKA_OPTIONS`. @throws Error where that holds no JSON object; RangeError for what is no option */
const setup: GlobalSetup = (project) => kafkaGlobalSetup(optionsOf(process.env[OPTIONS_VARIABLE]))(project)

export default setup

function optionsOf(json: string | undefined): ClusterOptions {
  if (json === undefined || json.trim() === '') return {}
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new Error(`${OPTIONS_VARIABLE} wants a JSON object such as {"brokers":3}, not ${json}`, { cause: error })
  }
}
