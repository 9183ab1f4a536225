import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import {
  DescribeConfigs,
  type DescribeConfigsRequest,
  type DescribeConfigsResourceResult,
} from '../../../src/protocol/messages/describe-configs.ts'
import { IncrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import { WireClient } from '../../wire-client.ts'

/** The types of resources, by their codes. */
export const Type = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const

/** Where values come from, by their codes. */
export const Source = {
  TOPIC: 1,
  BROKER: 2,
  ALL_BROKERS: 3,
  STATIC: 4,
  DEFAULT: 5,
  LOGGER: 6,
  METRICS: 7,
  GROUP: 8,
} as const

/** What IncrementalAlterConfigs does, by its codes. */
export const Op = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

export type Operation = readonly [name: string, operation: number, value?: string | null]

/** A cluster, and a client of its first broker that asks about configs. */
export class AdminCluster {
  readonly cluster: KafkaCluster
  readonly client: WireClient

  private constructor(cluster: KafkaCluster) {
    this.cluster = cluster
    this.client = new WireClient(cluster.connect())
  }

  static async start(options: ClusterOptions = {}): Promise<AdminCluster> {
    return new AdminCluster(await KafkaCluster.start(options))
  }

  /** What a resource's configs are: name, value and source of those asked for. */
  async describe(type: number, name: string, ...keys: string[]): Promise<unknown[]> {
    const configs = await this.entries(type, name, keys)
    return configs.map((config) => [config.name, config.value, config.configSource])
  }

  /** All that is told of a resource's configs. */
  async entries(
    resourceType: number,
    resourceName: string,
    keys: string[] = [],
    more: Input<DescribeConfigsRequest> = {},
    version = 4,
  ): Promise<DescribeConfigsResourceResult[]> {
    const resources = [{ resourceType, resourceName, configurationKeys: keys.length === 0 ? null : keys }]
    const { results } = await this.client.send(DescribeConfigs, version, { resources, ...more })
    const [result] = results
    if (result?.errorCode !== 0) throw new Error(`${errorName(result?.errorCode ?? -1)}: ${result?.errorMessage}`)
    return result.configs
  }

  /** Changes a resource, and tells the error and its message. */
  async alter(type: number, name: string, ...operations: Operation[]): Promise<unknown[]> {
    const configs = operations.map(([key, configOperation, value = null]) => ({ name: key, configOperation, value }))
    const resources = [{ resourceType: type, resourceName: name, configs }]
    const { responses } = await this.client.send(IncrementalAlterConfigs, 1, { resources })
    return responses.flatMap(({ errorCode, errorMessage }) => [errorName(errorCode), errorMessage])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
    await this.cluster.stop()
  }
}

/** The answer to a change that was made. */
export const DONE = ['NONE', null]
