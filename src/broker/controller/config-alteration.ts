import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ConfigError, type ConfigTable } from '../config/config-def.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import { applyOperation, type ConfigOperation } from './config-operation.ts'
import { checkResourceConfigs, checkResourceExists } from './config-validation.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { hasEligibleLeaders } from './partition-rules.ts'

/** What a config belongs to. A broker is named by its id, the default of all brokers by the empty string. */
export interface ConfigResource {
  readonly type: ConfigResourceType
  readonly name: string
}

/** What AlterConfigs asks for: these configs and no others. */
export interface ConfigReplacement {
  readonly resource: ConfigResource
  readonly configs: ReadonlyMap<string, string>
}

/** What IncrementalAlterConfigs asks for: some configs to change, the others to stay. */
export interface ConfigChange {
  readonly resource: ConfigResource
  readonly operations: readonly ConfigOperation[]
}

/** What became of one resource. */
export interface ConfigResult {
  readonly errorCode: number
  readonly errorMessage: string | null
}

const LONGEST_VALUE = 32_767
const MIN_ISR = 'min.insync.replicas'

/** AlterConfigs: Kafka's `ConfigurationControlManager.legacyAlterConfigs`. The results are in the order of the resources. */
export function decideConfigReplacement(
  replacements: readonly ConfigReplacement[],
  validateOnly: boolean,
  state: ControllerState,
): MetadataDecision<ConfigResult[]> {
  return decideEach(replacements, validateOnly, state, (replacement) => decideReplacement(replacement, state))
}

/** IncrementalAlterConfigs, KIP-339: Kafka's `ConfigurationControlManager.incrementalAlterConfigs`. */
export function decideConfigChange(
  changes: readonly ConfigChange[],
  validateOnly: boolean,
  state: ControllerState,
): MetadataDecision<ConfigResult[]> {
  return decideEach(changes, validateOnly, state, (change) => decideChange(change, state))
}

/** Each resource is changed as a whole or not at all; one that is refused does not keep the others from it. */
function decideEach<T>(
  items: readonly T[],
  validateOnly: boolean,
  state: ControllerState,
  decide: (item: T) => MetadataRecord[],
): MetadataDecision<ConfigResult[]> {
  const records: MetadataRecord[] = []
  const answer = items.map((item): ConfigResult => {
    try {
      records.push(...decide(item))
      return { errorCode: ErrorCode.NONE, errorMessage: null }
    } catch (error) {
      return refusal(error)
    }
  })
  return { records: validateOnly ? [] : withClearedElr(records, state), answer }
}

/** KIP-966: who was eligible under another `min.insync.replicas` is so no more. */
export function withClearedElr(records: readonly MetadataRecord[], state: ControllerState): MetadataRecord[] {
  if (!hasEligibleLeaders(state)) return [...records]
  const cleared = records.flatMap((record): MetadataRecord[] => {
    if (record.type !== 'ConfigRecord' || record.value.name !== MIN_ISR) return []
    const { resourceType, resourceName } = record.value
    const topicName = resourceType === ConfigResourceType.TOPIC ? resourceName : ''
    return [{ type: 'ClearElrRecord', version: 0, value: { topicName } }]
  })
  return [...records, ...cleared]
}

/** What is told of a resource whose configs are not changed. Kafka says nothing of what it trips over. Rethrows what is no refusal. */
export function refusal(error: unknown): ConfigResult {
  if (error instanceof ConfigError) return { errorCode: ErrorCode.INVALID_CONFIG, errorMessage: error.message }
  if (!(error instanceof KafkaError)) throw error
  return { errorCode: error.code, errorMessage: error.error === 'UNKNOWN_SERVER_ERROR' ? null : error.message }
}

function decideReplacement({ resource, configs }: ConfigReplacement, state: ControllerState): MetadataRecord[] {
  const current = state.image.configs(resource.type, resource.name)
  const dropped = [...current.keys()].filter((name) => !configs.has(name))
  return decide(resource, new Map([...configs, ...dropped.map((name) => [name, null] as const)]), state)
}

function decideChange({ resource, operations }: ConfigChange, state: ControllerState): MetadataRecord[] {
  const current = state.image.configs(resource.type, resource.name)
  const table = typesOf(resource, state)
  const values = operations.map(
    (operation) => [operation.name, applyOperation(operation, current.get(operation.name), table)] as const,
  )
  return decide(resource, new Map(values), state)
}

/** The controller knows the types of topic and broker configs only (`KafkaConfigSchema`). */
function typesOf({ type }: ConfigResource, { config: { tables } }: ControllerState): ConfigTable {
  if (type === ConfigResourceType.TOPIC) return tables.topic
  return type === ConfigResourceType.BROKER ? tables.broker : {}
}

/** @param values what is to be set, and null for what is to go. */
function decide(
  resource: ConfigResource,
  values: ReadonlyMap<string, string | null>,
  state: ControllerState,
): MetadataRecord[] {
  const current = state.image.configs(resource.type, resource.name)
  // KAFKA-14136: what is set for brokers is written even when nothing changes, so that they read their key stores again.
  const changes = [...values].filter(
    ([name, value]) => resource.type === ConfigResourceType.BROKER || (current.get(name) ?? null) !== value,
  )
  const next = new Map(current)
  for (const [name, value] of changes) {
    checkMinIsr(resource, name, value, state)
    if (value === null) next.delete(name)
    else if (value.length > LONGEST_VALUE) {
      throw new ConfigError(
        `The configuration value cannot be added because it exceeds the maximum value size of ${LONGEST_VALUE} bytes.`,
      )
    } else next.set(name, value)
  }
  checkResourceConfigs(resource, next, current, state)
  checkResourceExists(resource, state)
  return changes.map(([name, value]) => ({
    type: 'ConfigRecord',
    version: 0,
    value: { resourceType: resource.type, resourceName: resource.name, name, value },
  }))
}

/** KIP-966: with eligible leader replicas the minimum of in-sync ones is one for the whole cluster, and always set. */
function checkMinIsr(
  { type, name: broker }: ConfigResource,
  config: string,
  value: string | null,
  state: ControllerState,
): void {
  if (config !== MIN_ISR || type !== ConfigResourceType.BROKER) return
  if (!hasEligibleLeaders(state)) return
  if (broker !== '') throw new ConfigError(`Broker-level ${MIN_ISR} cannot be altered while ELR is enabled.`)
  if (value === null) throw new ConfigError(`Cluster-level ${MIN_ISR} cannot be removed while ELR is enabled.`)
}
