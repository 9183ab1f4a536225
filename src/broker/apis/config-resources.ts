import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Broker } from '../broker.ts'
import { ConfigError } from '../config/config-def.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import { checkDynamicConfigs } from '../config/dynamic-broker-configs.ts'
import { type ConfigResource, type ConfigResult, refusal } from '../controller/config-alteration.ts'
import type { Waiting } from '../waiting.ts'

/** A resource as AlterConfigs and IncrementalAlterConfigs name it. */
interface NamedResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

/** What became of a resource, as both APIs answer it. */
export interface AnsweredResource extends ConfigResult {
  readonly resourceType: number
  readonly resourceName: string
}

/**
 * What a broker does with resources to alter (Kafka's `ConfigAdminManager`): it refuses what it can see to be wrong, and
 * has the controller decide about the rest.
 *
 * @param prepare what to ask of the controller about a resource; undefined when there is nothing left to ask. Throws a
 * ConfigError or KafkaError to refuse it.
 * @param decide asks the controller, which tells of each in the same order.
 */
export function alterEach<Resource extends NamedResource, Question>(
  resources: readonly Resource[],
  prepare: (resource: Resource, target: ConfigResource) => Question | undefined,
  decide: (questions: readonly Question[]) => Waiting<ConfigResult[]>,
): Waiting<{ responses: AnsweredResource[] }> {
  const answers = new Map<Resource, ConfigResult>()
  const asked: Resource[] = []
  const questions: Question[] = []
  for (const resource of resources) {
    try {
      if (resources.some((other) => other !== resource && isSame(other, resource))) {
        throw new KafkaError('INVALID_REQUEST', 'Each resource must appear at most once.')
      }
      const question = prepare(resource, targetOf(resource))
      if (question === undefined) {
        answers.set(resource, { errorCode: ErrorCode.NONE, errorMessage: null })
      } else {
        asked.push(resource)
        questions.push(question)
      }
    } catch (error) {
      answers.set(resource, refusal(error))
    }
  }
  return decide(questions).map((results) => {
    results.forEach((result, i) => {
      answers.set(asked[i] as Resource, result)
    })
    return {
      responses: resources.map((resource) => ({
        ...(answers.get(resource) ?? { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: null }),
        resourceType: resource.resourceType,
        resourceName: resource.resourceName,
      })),
    }
  })
}

function isSame(one: NamedResource, other: NamedResource): boolean {
  return one.resourceType === other.resourceType && one.resourceName === other.resourceName
}

function targetOf({ resourceType, resourceName, configs }: NamedResource): ConfigResource {
  if (new Set(configs.map(({ name }) => name)).size < configs.length) {
    throw new KafkaError('INVALID_REQUEST', 'Error due to duplicate config keys')
  }
  return { type: resourceType as ConfigResource['type'], name: resourceName }
}

/** Throws INVALID_REQUEST when configs have no value that need one. */
export function checkValues(configs: readonly { readonly name: string; readonly value: string | null }[]): void {
  const nulls = configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (nulls.length > 0) throw new KafkaError('INVALID_REQUEST', `Null value not supported for : ${nulls.join(', ')}`)
}

const alterable: readonly number[] = [
  ConfigResourceType.TOPIC,
  ConfigResourceType.BROKER,
  ConfigResourceType.CLIENT_METRICS,
  ConfigResourceType.GROUP,
]

/** Throws INVALID_REQUEST for what no controller keeps configs of: of groups only since 4.0. */
export function checkAlterable({ type }: ConfigResource, { config }: Broker): void {
  const isGroup = type === ConfigResourceType.GROUP
  if (!alterable.includes(type) || (isGroup && config.tables.before4))
    throw new KafkaError('INVALID_REQUEST', `Unknown resource type ${type}`)
}

/** A broker changes its own configs, and those of all brokers. Throws INVALID_REQUEST for another one's. */
export function checkBrokerName(name: string, { nodeId }: Broker): void {
  if (name === '') return
  const id = brokerIdOf(name)
  if (id === undefined) throw new KafkaError('INVALID_REQUEST', `Node id must be an integer, but it is: ${name}`)
  if (id !== nodeId) {
    throw new KafkaError('INVALID_REQUEST', `Unexpected broker id, expected ${nodeId}, but received ${name}`)
  }
}

/** A broker's id as Java's `Integer.parseInt` reads it; undefined when it is none. */
export function brokerIdOf(name: string): number | undefined {
  const id = /^[+-]?\d+$/.test(name) ? Number(name) : undefined
  return id === undefined || id > 2 ** 31 - 1 || id < -(2 ** 31) ? undefined : id
}

/** Checks what is to be set for this broker, or for all. KAFKA-13609: a wrong value is INVALID_REQUEST here, not INVALID_CONFIG. */
export function checkBrokerConfigs(name: string, overrides: ReadonlyMap<string, string>, { config }: Broker): void {
  try {
    checkDynamicConfigs(config, name === '' ? 'cluster' : 'broker', overrides)
  } catch (error) {
    throw error instanceof ConfigError ? new KafkaError('INVALID_REQUEST', error.message) : error
  }
}
