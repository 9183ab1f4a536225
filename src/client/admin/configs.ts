import { ErrorCode } from '../../protocol/errors.ts'
import { AlterConfigs } from '../../protocol/messages/alter-configs.ts'
import { DescribeConfigs } from '../../protocol/messages/describe-configs.ts'
import { IncrementalAlterConfigs } from '../../protocol/messages/incremental-alter-configs.ts'
import type { Broker } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import { ConfigurationError, ErrIncompleteResponse } from '../errors/client-errors.ts'
import { groupedBy } from '../maps.ts'
import { ask, type Calls } from './calls.ts'
import { configEntryOf } from './config-entry.ts'
import {
  BrokerLoggerResource,
  BrokerResource,
  type ConfigEntry,
  type ConfigResource,
  type ConfigResourceResult,
  type ConfigResourceType,
  type IncrementalAlterConfigsEntry,
} from './config-resources.ts'
import { AlterConfigError, DescribeConfigError, errorOrNull } from './errors.ts'
import { byName, type MapOf } from './maps.ts'

export interface DescribeConfigsOptions extends CallOptions {
  /** Where else each config could come from; Kafka 1.1. Default: false. */
  readonly includeSynonyms?: boolean
  /** What each config is for; Kafka 2.6. Default: false. */
  readonly includeDocumentation?: boolean
}

export async function describeConfigs(
  calls: Calls,
  resources: readonly ConfigResource[],
  options: DescribeConfigsOptions,
): Promise<ConfigResourceResult[]> {
  const groups = [...groupedBy(resources, nodeOf)]
  const results = await Promise.all(
    groups.map(([node, own]) => at(calls, node, options, (broker) => describe(broker, own, options))),
  )
  const found = new Map(results.flat().map((result) => [keyOf(result), result]))
  return resources.map((resource) => {
    const result = found.get(keyOf(resource))
    if (result === undefined) throw new ErrIncompleteResponse(resource.name)
    return result
  })
}

export async function describeConfig(
  calls: Calls,
  resource: ConfigResource,
  options: DescribeConfigsOptions,
): Promise<ConfigEntry[]> {
  const [result] = await describeConfigs(calls, [resource], options)
  const err = result?.err ?? null
  if (err !== null) throw new DescribeConfigError(err.code, err.message)
  return [...(result?.configs ?? [])]
}

export async function alterConfig(
  calls: Calls,
  type: ConfigResourceType,
  name: string,
  entries: MapOf<string, string | null>,
  validateOnly: boolean,
  options: CallOptions,
): Promise<void> {
  const configs = byName(entries).map(([name, value]) => ({ name, value }))
  const resources = [{ resourceType: type, resourceName: name, configs }]
  await at(calls, nodeOf({ type, name }), options, async (broker) => {
    const { responses } = await ask(broker, AlterConfigs, { resources, validateOnly }, options)
    throwIfRefused(responses, type, name)
  })
}

export async function incrementalAlterConfig(
  calls: Calls,
  type: ConfigResourceType,
  name: string,
  entries: MapOf<string, IncrementalAlterConfigsEntry>,
  validateOnly: boolean,
  options: CallOptions,
): Promise<void> {
  const configs = byName(entries).map(([name, { operation, value = null }]) => ({
    name,
    configOperation: operation,
    value,
  }))
  const resources = [{ resourceType: type, resourceName: name, configs }]
  await at(calls, nodeOf({ type, name }), options, async (broker) => {
    const { responses } = await ask(broker, IncrementalAlterConfigs, { resources, validateOnly }, options)
    throwIfRefused(responses, type, name)
  })
}

async function describe(
  broker: Broker,
  resources: readonly ConfigResource[],
  { includeSynonyms = false, includeDocumentation = false, signal }: DescribeConfigsOptions,
): Promise<ConfigResourceResult[]> {
  const version = await broker.versionOf(DescribeConfigs, { signal })
  const body = {
    resources: resources.map(({ type, name, configNames }) => ({
      resourceType: type,
      resourceName: name,
      configurationKeys: configNames ?? null,
    })),
    includeSynonyms,
    includeDocumentation,
  }
  const { results } = await ask(broker, DescribeConfigs, body, { signal, maxVersion: version })
  return results.map(({ resourceType, resourceName, errorCode, errorMessage, configs }) => ({
    type: resourceType,
    name: resourceName,
    err: errorOrNull(errorCode, errorMessage),
    configs: configs.map((config) => configEntryOf(config, version)),
  }))
}

/** Configs of one broker are told and altered by that broker alone; null: by any. */
function nodeOf({ type, name }: ConfigResource): number | null {
  if (type !== BrokerLoggerResource && (type !== BrokerResource || name === '')) return null
  if (!/^\d+$/.test(name)) throw new ConfigurationError(`the name of a broker is its id, not '${name}'`)
  return Number(name)
}

function at<T>(
  calls: Calls,
  node: number | null,
  options: CallOptions,
  attempt: (broker: Broker) => Promise<T>,
): Promise<T> {
  return node === null ? calls.onAnyBroker(options, attempt) : calls.onBroker(node, options, attempt)
}

function keyOf({ type, name }: { readonly type: ConfigResourceType; readonly name: string }): string {
  return `${type} ${name}`
}

interface Response {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
}

function throwIfRefused(responses: readonly Response[], type: ConfigResourceType, name: string): void {
  const own = responses.find(({ resourceType, resourceName }) => resourceType === type && resourceName === name)
  if (own === undefined) throw new ErrIncompleteResponse(name)
  if (own.errorCode !== ErrorCode.NONE) throw new AlterConfigError(own.errorCode, own.errorMessage)
}
