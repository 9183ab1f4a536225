import type { Input } from '../../../src/protocol/message.ts'
import type { AlterConfigsRequest } from '../../../src/protocol/messages/alter-configs.ts'
import type { CreatableTopic } from '../../../src/protocol/messages/create-topics.ts'
import { DescribeConfigs, type DescribeConfigsRequest } from '../../../src/protocol/messages/describe-configs.ts'
import {
  IncrementalAlterConfigs,
  type IncrementalAlterConfigsRequest,
} from '../../../src/protocol/messages/incremental-alter-configs.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import type { Script } from '../case.ts'
import type { World } from '../world.ts'

/** The types of resources that have configs, by their codes. */
export const Type = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const

/** What IncrementalAlterConfigs does to a config, by its codes. */
export const Op = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

/** The broker that is asked. */
export const SELF = '1'

type Resource<Rest extends readonly unknown[]> = readonly [type: number, name: string, ...rest: Rest]
type Operation = readonly [name: string, operation: number, value?: string | null]

/** Describes these configs of resources, or all of them, with everything that can be told. */
export function describing(...resources: Resource<[keys?: readonly string[]]>[]): Input<DescribeConfigsRequest> {
  return {
    resources: resources.map(([resourceType, resourceName, keys]) => ({
      resourceType,
      resourceName,
      configurationKeys: keys === undefined ? null : [...keys],
    })),
    includeSynonyms: true,
    includeDocumentation: true,
  }
}

/** Changes configs of resources. */
export function changing(
  resources: readonly Resource<Operation[]>[],
  validateOnly = false,
): Input<IncrementalAlterConfigsRequest> {
  return {
    resources: resources.map(([resourceType, resourceName, ...operations]) => ({
      resourceType,
      resourceName,
      configs: operations.map(([name, configOperation, value = null]) => ({ name, configOperation, value })),
    })),
    validateOnly,
  }
}

/** Sets the configs of resources, all others to their defaults. */
export function replacing(
  resources: readonly Resource<[configs: Readonly<Record<string, string | null>>]>[],
  validateOnly = false,
): Input<AlterConfigsRequest> {
  return {
    resources: resources.map(([resourceType, resourceName, configs]) => ({
      resourceType,
      resourceName,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    })),
    validateOnly,
  }
}

/** One of the topics of CreateTopics, of one partition with one replica unless it says otherwise. */
export function newTopic(
  name: string,
  {
    partitions = 1,
    replicas = 1,
    assigned,
    configs = {},
  }: {
    partitions?: number
    replicas?: number
    /** The brokers of each partition; then nothing else says how many there are. */
    assigned?: Readonly<Record<number, readonly number[]>>
    configs?: Readonly<Record<string, string | null>>
  } = {},
): Input<CreatableTopic> {
  return {
    name,
    numPartitions: assigned === undefined ? partitions : -1,
    replicationFactor: assigned === undefined ? replicas : -1,
    assignments: Object.entries(assigned ?? {}).map(([index, brokerIds]) => ({
      partitionIndex: Number(index),
      brokerIds: [...brokerIds],
    })),
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }
}

/** Has what is told of these topics compared, after all brokers know of the last change. */
export async function seeTopics(world: World, names: readonly string[], as?: string): Promise<void> {
  await world.settled()
  const version = world.highest(Metadata, 12)
  const body = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false }
  await world.ask(Metadata, body, { version, ...(as !== undefined && { as }) })
}

/** Has these configs of resources compared, after all brokers know of the last change. */
export async function seeConfigs(world: World, ...resources: Resource<[keys?: readonly string[]]>[]): Promise<void> {
  await world.settled()
  await world.ask(DescribeConfigs, describing(...resources), { version: 4 })
}

/** Changes configs around what the case is about. Throws when Kafka does not take one. */
export async function change(world: World, ...resources: Resource<Operation[]>[]): Promise<void> {
  const { responses } = await world.arrange(IncrementalAlterConfigs, changing(resources))
  const refused = responses.find(({ errorCode }) => errorCode !== 0)
  if (refused !== undefined) throw new Error(`${refused.resourceName}: ${refused.errorCode} ${refused.errorMessage}`)
  await world.settled()
}

/** While eligible leader replicas are on, this is set for all brokers and cannot be taken back. */
const STAYS = 'min.insync.replicas'

/** Has a script that changes the configs of brokers, which all scripts share, leave none of it behind. */
export function onBrokers(script: Script): Script {
  return async (world) => {
    try {
      await script(world)
    } finally {
      for (const name of [SELF, '']) await putBack(world, name)
      await world.settled()
    }
  }
}

/** Which values of a broker's configs are its own, and which the default of all brokers, by their codes. */
const OWN = 2
const OF_ALL = 3

async function putBack(world: World, broker: string): Promise<void> {
  await world.settled()
  const { results } = await world.arrange(DescribeConfigs, describing([Type.BROKER, broker]))
  const source = broker === '' ? OF_ALL : OWN
  const set = results.flatMap(({ configs }) => configs).filter(({ configSource }) => configSource === source)
  const names = set.map(({ name }) => name)
  const others = names.filter((name) => name !== STAYS)
  if (others.length > 0) await change(world, [Type.BROKER, broker, ...others.map((name) => [name, Op.DELETE] as const)])
  if (names.includes(STAYS)) {
    await world.arrange(IncrementalAlterConfigs, changing([[Type.BROKER, broker, [STAYS, Op.DELETE]]]))
  }
}
