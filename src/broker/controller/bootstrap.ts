import { ConfigResourceType } from '../config/config-resource-type.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'

/** The first records of a log, as Kafka's `ActivationRecordsGenerator` has them for an empty one. */
export function decideBootstrap({ config, features, versions }: ControllerState): MetadataDecision<void> {
  const finalized = features.filter((feature) => feature.finalized > 0)
  const records: MetadataRecord[] = finalized.map(({ name, finalized: featureLevel }) => ({
    type: 'FeatureLevelRecord',
    version: 0,
    value: { name, featureLevel },
  }))
  if (finalized.some(({ name }) => name === 'eligible.leader.replicas.version')) {
    // KIP-966: with eligible leader replicas the minimum of in-sync ones is a matter of the cluster, not of each broker.
    records.push({
      type: 'ConfigRecord',
      version: 0,
      value: {
        resourceType: ConfigResourceType.BROKER,
        resourceName: '',
        name: 'min.insync.replicas',
        value: String(config.int('min.insync.replicas')),
      },
    })
  }
  if (versions.transactions) {
    records.unshift({ type: 'BeginTransactionRecord', version: 0, value: { name: 'Bootstrap records' } })
    records.push({ type: 'EndTransactionRecord', version: 0, value: {} })
  }
  return { records, answer: undefined }
}
