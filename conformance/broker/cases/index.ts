import type { ApiCases } from '../case.ts'
import { apiVersions } from './api-versions.ts'
import { createPartitions } from './create-partitions.ts'
import { createTopics } from './create-topics.ts'
import { deleteGroups } from './delete-groups.ts'
import { deleteTopics } from './delete-topics.ts'
import { describeCluster } from './describe-cluster.ts'
import { describeGroups } from './describe-groups.ts'
import { describeLogDirs } from './describe-log-dirs.ts'
import { describeTopicPartitions } from './describe-topic-partitions.ts'
import { fetch } from './fetch.ts'
import { findCoordinator } from './find-coordinator.ts'
import { heartbeat } from './heartbeat.ts'
import { joinGroup } from './join-group.ts'
import { leaveGroup } from './leave-group.ts'
import { listConfigResources } from './list-config-resources.ts'
import { listGroups } from './list-groups.ts'
import { metadata } from './metadata.ts'
import { produce } from './produce.ts'
import { syncGroup } from './sync-group.ts'

/** Every API that has cases. */
export const allCases: readonly ApiCases[] = [
  apiVersions,
  createPartitions,
  createTopics,
  deleteTopics,
  describeCluster,
  describeLogDirs,
  describeTopicPartitions,
  fetch,
  findCoordinator,
  joinGroup,
  listConfigResources,
  metadata,
  produce,
  deleteGroups,
  describeGroups,
  heartbeat,
  leaveGroup,
  listGroups,
  syncGroup,
]
