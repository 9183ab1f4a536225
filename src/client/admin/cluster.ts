import type { KafkaError } from '../../protocol/errors.ts'
import { hostPortText } from '../../protocol/host-port.ts'
import type { Input } from '../../protocol/message.ts'
import { DescribeCluster, type DescribeClusterRequest } from '../../protocol/messages/describe-cluster.ts'
import { DescribeLogDirs } from '../../protocol/messages/describe-log-dirs.ts'
import { Metadata } from '../../protocol/messages/metadata.ts'
import { UpdateFeatures, type UpdateFeaturesRequest } from '../../protocol/messages/update-features.ts'
import type { Broker } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import { throwIf } from '../errors/kafka-error.ts'
import { ErrUnsupportedVersion } from '../errors/kafka-errors.ts'
import { metadataRequest } from '../metadata-request.ts'
import { ask, type Calls } from './calls.ts'
import { errorOrNull } from './errors.ts'

/** The brokers of a cluster. */
export interface ClusterDescription {
  /** null where brokers do not tell it (before Kafka 0.10.1). */
  readonly clusterId: string | null
  /** -1 when there is none. In KRaft mode it is any broker: all of them pass on what is for the controller. */
  readonly controllerID: number
  readonly brokers: readonly BrokerDescription[]
}

export interface BrokerDescription {
  readonly id: number
  /** `host:port` */
  readonly addr: string
  readonly rack: string | null
}

/** What lies in one folder of logs of a broker. */
export interface DescribeLogDirsResponseDirMetadata {
  /** Why it is not told; null when it is. */
  readonly err: KafkaError | null
  readonly path: string
  readonly topics: readonly DescribeLogDirsResponseTopic[]
  /** Of the disk, in bytes; -1 where brokers do not tell it (before Kafka 3.3). */
  readonly totalBytes: number
  readonly usableBytes: number
}

export interface DescribeLogDirsResponseTopic {
  readonly topic: string
  readonly partitions: readonly DescribeLogDirsResponsePartition[]
}

export interface DescribeLogDirsResponsePartition {
  readonly partitionID: number
  /** In bytes. */
  readonly size: number
  /** How far it is behind: the high watermark, or the log that it will replace. */
  readonly offsetLag: number
  /** Whether it will replace the log that is in use (KIP-113). */
  readonly isTemporary: boolean
}

/** The new level of a feature of the cluster (KIP-584). */
export interface FeatureUpdate {
  readonly feature: string
  /** 0: the feature is switched off. */
  readonly maxVersionLevel: number
  /** Whether it may be lower than it is. Default: false. */
  readonly allowDowngrade?: boolean
}

export interface UpdatableFeatureResult {
  readonly feature: string
  /** Why it was not updated; null when it was. */
  readonly err: KafkaError | null
}

export async function describeCluster(calls: Calls, options: CallOptions): Promise<ClusterDescription> {
  return calls.onController(options, async (controller) => {
    if (!(await serves(controller, options))) return byMetadata(controller, options)
    const body: Input<DescribeClusterRequest> = {}
    const answer = await ask(controller, DescribeCluster, body, options)
    throwIf(answer.errorCode, answer.errorMessage)
    const { clusterId, controllerId: controllerID } = answer
    const brokers = answer.brokers.map(({ brokerId, host, port, rack }) => ({
      id: brokerId,
      addr: hostPortText({ host, port }),
      rack,
    }))
    return { clusterId, controllerID, brokers }
  })
}

export async function describeLogDirs(
  calls: Calls,
  brokerIds: readonly number[],
  options: CallOptions,
): Promise<Map<number, DescribeLogDirsResponseDirMetadata[]>> {
  const describe = async (broker: Broker): Promise<DescribeLogDirsResponseDirMetadata[]> => {
    const answer = await ask(broker, DescribeLogDirs, { topics: null }, options)
    throwIf(answer.errorCode)
    return answer.results.map(({ errorCode, logDir, topics, totalBytes, usableBytes }) => ({
      err: errorOrNull(errorCode),
      path: logDir,
      topics: topics.map(({ name, partitions }) => ({
        topic: name,
        partitions: partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
          partitionID: partitionIndex,
          size: partitionSize,
          offsetLag,
          isTemporary: isFutureKey,
        })),
      })),
      totalBytes,
      usableBytes,
    }))
  }
  const ids = [...new Set(brokerIds)]
  const dirs = await Promise.all(ids.map((id) => calls.onBroker(id, options, describe)))
  return new Map(ids.map((id, i) => [id, dirs[i] ?? []]))
}

/** KIP-584's kinds of change, of which Sarama knows two. */
const UPGRADE = 1
const SAFE_DOWNGRADE = 2

export async function updateFeatures(
  calls: Calls,
  updates: readonly FeatureUpdate[],
  options: CallOptions,
): Promise<UpdatableFeatureResult[]> {
  const { timeoutMs } = calls
  const body = (version: number): Input<UpdateFeaturesRequest> => ({
    timeoutMs,
    featureUpdates: updates.map(({ feature, maxVersionLevel, allowDowngrade = false }) => ({
      feature,
      maxVersionLevel,
      ...(version === 0 ? { allowDowngrade } : { upgradeType: allowDowngrade ? SAFE_DOWNGRADE : UPGRADE }),
    })),
  })
  return calls.onController(options, async (controller) => {
    const answer = await ask(controller, UpdateFeatures, body, { ...options, brokerWaitMs: timeoutMs })
    throwIf(answer.errorCode, answer.errorMessage)
    const errors = new Map(
      answer.results.map(({ feature, errorCode, errorMessage }) => {
        return [feature, errorOrNull(errorCode, errorMessage)]
      }),
    )
    // Version 2 (KIP-1022) tells no results: all were updated, or none, with the error above.
    return updates.map(({ feature }) => ({ feature, err: errors.get(feature) ?? null }))
  })
}

/** Whether a broker is of Kafka 2.8 or later (KIP-700). */
async function serves(broker: Broker, options: CallOptions): Promise<boolean> {
  try {
    await broker.versionOf(DescribeCluster, options)
    return true
  } catch (error) {
    if (error instanceof ErrUnsupportedVersion) return false
    throw error
  }
}

async function byMetadata(broker: Broker, options: CallOptions): Promise<ClusterDescription> {
  const answer = await ask(broker, Metadata, metadataRequest([], false), options)
  throwIf(answer.errorCode)
  const { clusterId, controllerId: controllerID } = answer
  const brokers = answer.brokers.map(({ nodeId, host, port, rack }) => ({
    id: nodeId,
    addr: hostPortText({ host, port }),
    rack,
  }))
  return { clusterId, controllerID, brokers }
}
