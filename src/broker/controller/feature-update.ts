import { ErrorCode, type ErrorName } from '../../protocol/errors.ts'
import type {
  UpdatableFeatureResult,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from '../../protocol/messages/update-features.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import { inHashMapOrder } from '../java-hash.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { ELIGIBLE_LEADER_REPLICAS } from './partition-rules.ts'
import { CONTROLLER_NODE_ID } from './quorum.ts'
import { migratesMetadata } from './record-versions.ts'

/** What UpdateFeatures asks of the controller. */
export type FeatureUpdates = Pick<UpdateFeaturesRequest, 'featureUpdates' | 'validateOnly'>

const METADATA_VERSION = 'metadata.version'
/** Kafka 4.0 is the first release of this level, and the first that changes all features or none. */
const KAFKA_4 = 22

/** 3.3-IV0, the first that a cluster could be formatted with. */
const FIRST_BOOTSTRAP_VERSION = 4
/** 4.0-IV1: from here on records have eligible leader replicas. */
const ELR_METADATA_VERSION = 23

/** Those that Kafka knows, beside `metadata.version`. */
const FEATURES: ReadonlySet<string> = new Set([
  'eligible.leader.replicas.version',
  'group.version',
  'kraft.version',
  'share.version',
  'streams.version',
  'transaction.version',
])

const UpgradeType = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const

interface Refusal {
  readonly error: ErrorName
  readonly message: string
}

/** What each feature is to be: its level and how it may get there. */
type Wishes = ReadonlyMap<string, { readonly level: number; readonly upgradeType: number }>

/** UpdateFeatures, KIP-584, KIP-778: Kafka's `FeatureControlManager.updateFeatures`. */
export function decideFeatureUpdate(
  { featureUpdates, validateOnly }: FeatureUpdates,
  state: ControllerState,
): MetadataDecision<UpdateFeaturesResponse> {
  const wishes: Wishes = new Map(
    featureUpdates.map(({ feature, maxVersionLevel: level, upgradeType }) => [feature, { level, upgradeType }]),
  )
  // Records and refusals come in the order of a Java HashMap.
  const order = inHashMapOrder(wishes.keys())
  const refusals = new Map<string, Refusal>()
  for (const name of order) {
    const refusal = refusalOf(name, wishes, state)
    if (refusal !== undefined) refusals.set(name, refusal)
  }
  const written = order.filter((name) => !refusals.has(name)).map((name) => levelRecord(name, wishes))
  if (before4(state)) {
    return { records: validateOnly ? [] : written, answer: resultOfEach([...wishes.keys()].sort(), refusals) }
  }
  const [first] = refusals.values()
  const answer = first === undefined ? accepted(featureUpdates.map(({ feature }) => feature)) : refused(first)
  if (first !== undefined || validateOnly) return { records: [], answer }
  const beginsElr = (wishes.get(ELIGIBLE_LEADER_REPLICAS)?.level ?? 0) > 0
  return { records: [...(beginsElr ? safeMinIsr(state) : []), ...written], answer }
}

/** Before 4.0 each feature is changed or refused by itself. */
function resultOfEach(names: readonly string[], refusals: ReadonlyMap<string, Refusal>): UpdateFeaturesResponse {
  const results = names.map((feature): UpdatableFeatureResult => {
    const refusal = refusals.get(feature)
    return { feature, errorCode: ErrorCode[refusal?.error ?? 'NONE'], errorMessage: refusal?.message ?? null }
  })
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: '', results }
}

function accepted(names: readonly string[]): UpdateFeaturesResponse {
  const results = names.map((feature) => ({ feature, errorCode: ErrorCode.NONE, errorMessage: 'NONE' }))
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, results }
}

function refused({ error, message }: Refusal): UpdateFeaturesResponse {
  const errorMessage = `The update failed for all features since the following feature had an error: ${message}`
  return { throttleTimeMs: 0, errorCode: ErrorCode[error], errorMessage, results: [] }
}

function refusalOf(name: string, wishes: Wishes, state: ControllerState): Refusal | undefined {
  const { level = 0, upgradeType = 0 } = wishes.get(name) ?? {}
  const invalid = (reason: string): Refusal => ({
    error: 'INVALID_UPDATE_VERSION',
    message: `Invalid update version ${level} for feature ${name}. ${reason}`,
  })
  if (!Object.values<number>(UpgradeType).includes(upgradeType)) {
    return invalid('The controller does not support the given upgrade type.')
  }
  const current = state.image.features().get(name) ?? 0
  if (level < 0) return invalid('A feature version cannot be less than 0.')
  const unsupported = reasonNotSupported(name, level, state)
  if (unsupported !== undefined) return invalid(unsupported)
  if (level < current && upgradeType === UpgradeType.UPGRADE) {
    return invalid(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  }
  if (level > current && upgradeType !== UpgradeType.UPGRADE) return invalid("Can't downgrade to a newer version.")
  if (name === METADATA_VERSION) {
    return refusalOfMetadataVersion(level, current, upgradeType === UpgradeType.UNSAFE_DOWNGRADE, state)
  }
  if (!before4(state) && !FEATURES.has(name)) return invalid(`Feature ${name} not found.`)
  const missing = missingDependency(name, level, wishes, state)
  return missing === undefined ? undefined : invalid(missing)
}

function levels(name: string, { features }: ControllerState): { readonly min: number; readonly max: number } {
  return features.find((feature) => feature.name === name) ?? { min: 0, max: 0 }
}

function before4(state: ControllerState): boolean {
  return levels(METADATA_VERSION, state).max < KAFKA_4
}

/** The brokers are of the controller's release: what it supports they do. */
function reasonNotSupported(name: string, level: number, state: ControllerState): string | undefined {
  const { min, max } = levels(name, state)
  if (level >= min && level <= max) return undefined
  const what = `Local controller ${CONTROLLER_NODE_ID}`
  if (max === 0) return `${what} does not support this feature.`
  return `${what} only supports versions ${min === max ? min : `${min}-${max}`}`
}

function refusalOfMetadataVersion(
  level: number,
  current: number,
  unsafe: boolean,
  state: ControllerState,
): Refusal | undefined {
  const refusal = (message: string): Refusal => ({ error: 'INVALID_UPDATE_VERSION', message })
  if (level < FIRST_BOOTSTRAP_VERSION) {
    return refusal(`Invalid metadata.version ${level}. Unable to set a metadata.version less than 3.3-IV0`)
  }
  if (level >= current || !migratesMetadata(level, current)) return undefined
  const what = before4(state)
    ? `Invalid metadata.version ${level}.`
    : `Unsupported metadata.version downgrade from ${current} to ${level}.`
  if (unsafe) return refusal(`${what} Unsafe metadata downgrade is not supported in this version.`)
  return refusal(`${what} Refusing to perform the requested downgrade because it might delete metadata information.`)
}

/** What a feature needs of others, KIP-1022. */
function missingDependency(
  name: string,
  level: number,
  wishes: Wishes,
  { image }: ControllerState,
): string | undefined {
  const required = ELR_METADATA_VERSION
  if (name !== ELIGIBLE_LEADER_REPLICAS || level === 0) return undefined
  const metadataVersion = wishes.get(METADATA_VERSION)?.level ?? image.features().get(METADATA_VERSION) ?? 0
  if (metadataVersion >= required) return undefined
  return `${name} could not be set to ${level} because it depends on ${METADATA_VERSION} level ${required}`
}

function levelRecord(name: string, wishes: Wishes): MetadataRecord {
  return { type: 'FeatureLevelRecord', version: 0, value: { name, featureLevel: wishes.get(name)?.level ?? 0 } }
}

/** KIP-966: with eligible leader replicas the minimum of in-sync ones is set for the whole cluster, and for no broker. */
function safeMinIsr({ config, image }: ControllerState): MetadataRecord[] {
  const name = 'min.insync.replicas'
  const set = (resourceName: string, value: string | null): MetadataRecord => ({
    type: 'ConfigRecord',
    version: 0,
    value: { resourceType: ConfigResourceType.BROKER, resourceName, name, value },
  })
  const brokers = image.configuredResources(ConfigResourceType.BROKER).filter((broker) => broker !== '')
  return [
    ...(image.configs(ConfigResourceType.BROKER, '').has(name) ? [] : [set('', String(config.int(name)))]),
    ...brokers
      .filter((broker) => image.configs(ConfigResourceType.BROKER, broker).has(name))
      .map((broker) => set(broker, null)),
  ]
}
