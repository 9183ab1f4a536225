import type { VersionRange } from '../../protocol/message.ts'
import type { Release } from '../../protocol/release.ts'
import { ServedApis } from '../served-versions.ts'
import { addOffsetsToTxn } from './add-offsets-to-txn.ts'
import { addPartitionsToTxn } from './add-partitions-to-txn.ts'
import { alterConfigs } from './alter-configs.ts'
import { alterPartitionReassignments } from './alter-partition-reassignments.ts'
import { alterReplicaLogDirs } from './alter-replica-log-dirs.ts'
import { apiVersions } from './api-versions.ts'
import { createPartitions } from './create-partitions.ts'
import { createTopics } from './create-topics.ts'
import { deleteGroups } from './delete-groups.ts'
import { deleteRecords } from './delete-records.ts'
import { deleteTopics } from './delete-topics.ts'
import { describeCluster } from './describe-cluster.ts'
import { describeConfigs } from './describe-configs.ts'
import { describeGroups } from './describe-groups.ts'
import { describeLogDirs } from './describe-log-dirs.ts'
import { describeProducers } from './describe-producers.ts'
import { describeQuorum } from './describe-quorum.ts'
import { describeTopicPartitions } from './describe-topic-partitions.ts'
import { describeTransactions } from './describe-transactions.ts'
import { electLeaders } from './elect-leaders.ts'
import { endTxn } from './end-txn.ts'
import { fetch } from './fetch.ts'
import { findCoordinator } from './find-coordinator.ts'
import type { Handler } from './handler.ts'
import { heartbeat } from './heartbeat.ts'
import { incrementalAlterConfigs } from './incremental-alter-configs.ts'
import { initProducerId } from './init-producer-id.ts'
import { joinGroup } from './join-group.ts'
import { leaveGroup } from './leave-group.ts'
import { listConfigResources } from './list-config-resources.ts'
import { listGroups } from './list-groups.ts'
import { listOffsets } from './list-offsets.ts'
import { listPartitionReassignments } from './list-partition-reassignments.ts'
import { listTransactions } from './list-transactions.ts'
import { metadata } from './metadata.ts'
import { offsetCommit } from './offset-commit.ts'
import { offsetDelete } from './offset-delete.ts'
import { offsetFetch } from './offset-fetch.ts'
import { offsetForLeaderEpoch } from './offset-for-leader-epoch.ts'
import { produce } from './produce.ts'
import { syncGroup } from './sync-group.ts'
import { txnOffsetCommit } from './txn-offset-commit.ts'
import { unregisterBroker } from './unregister-broker.ts'
import { updateFeatures } from './update-features.ts'
import { writeTxnMarkers } from './write-txn-markers.ts'

/** A handler whose messages are not told apart: what dispatch needs. */
export type AnyHandler = Handler<unknown, unknown>

const handlers = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  apiVersions,
  createTopics,
  deleteTopics,
  initProducerId,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  writeTxnMarkers,
  txnOffsetCommit,
  describeTransactions,
  listTransactions,
  deleteGroups,
  offsetDelete,
  createPartitions,
  describeCluster,
  describeTopicPartitions,
  deleteRecords,
  offsetForLeaderEpoch,
  describeLogDirs,
  describeProducers,
  describeConfigs,
  alterConfigs,
  incrementalAlterConfigs,
  listConfigResources,
  alterPartitionReassignments,
  alterReplicaLogDirs,
  describeQuorum,
  electLeaders,
  listPartitionReassignments,
  unregisterBroker,
  updateFeatures,
] as readonly unknown[] as readonly AnyHandler[]

/** Every API that is served, by its key. */
export const handlersByKey: ReadonlyMap<number, AnyHandler> = new Map(
  handlers.map((handler) => [handler.api.key, handler]),
)

/** What a broker that passes for a release serves: of what the release has, that for which there is a handler. */
export function servedBy(release: Release): ServedApis {
  return release.derived.by(findServed)
}

function findServed(release: Release): ServedApis {
  const served = new Map<number, VersionRange>()
  for (const [key, handler] of handlersByKey) {
    const range = release.apis.get(key)
    if (range === undefined) continue
    const min = Math.max(range[0], handler.api.versions.min)
    const max = Math.min(range[1], handler.api.versions.max)
    if (min <= max) served.set(key, { min, max })
  }
  return new ServedApis(served)
}
