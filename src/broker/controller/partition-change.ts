import type { PartitionChangeRecord } from '../../protocol/messages/metadata/partition-change-record.ts'
import { MIGRATING_DIRECTORY, replicaDirectories } from './directories.ts'
import type { MetadataRecord } from './metadata-record.ts'
import {
  LEADER_RECOVERING,
  NO_LEADER,
  NO_LEADER_CHANGE,
  NO_RECOVERY_CHANGE,
  type PartitionImage,
} from './metadata-types.ts'
import { noPartitionChange } from './partition-replay.ts'
import { completedReassignment } from './reassignment-replicas.ts'

/**
 * How a leader is found: `online` keeps the one that is there while it may lead, else takes the first replica that may;
 * `preferred` takes the first replica if it may; `unclean` does as `online`, and takes one that is not in sync before none.
 */
export type Election = 'online' | 'preferred' | 'unclean'

/** What a partition is to be. What is left out stays as it is. */
export interface PartitionWish {
  readonly isr?: readonly number[]
  readonly replicas?: readonly number[]
  readonly adding?: readonly number[]
  readonly removing?: readonly number[]
  readonly leaderRecoveryState?: number
  readonly election?: Election
  /** A broker that lost what it had not written to its disk: it is no eligible leader (KIP-966). */
  readonly uncleanShutdown?: number
  /** The log directories of some replicas, by broker. */
  readonly directories?: ReadonlyMap<number, string>
}

/** What holds of the cluster when a partition is changed. */
export interface PartitionRules {
  /** Of the record that is written. */
  readonly recordVersion: number
  /** Whether records name log directories, KIP-858. */
  readonly directories: boolean
  /** Before metadata.version 3.6 a shrinking ISR takes a new leader epoch, KAFKA-15021. */
  readonly newEpochOnShrink: boolean
  /** Whether a reassignment waits for replicas that are out of sync and stay, as before KAFKA-19975. */
  readonly reassignmentsWaitForAll: boolean
  /** Whether there are eligible leader replicas, KIP-966. */
  readonly elr: boolean
  /** `min.insync.replicas`, and no more than there are replicas. */
  readonly minIsr: number
  mayLead(nodeId: number): boolean
  defaultDirectory(nodeId: number): string
}

/**
 * The record that makes a partition what it is to be, a leader elected and a reassignment completed where that is due;
 * undefined when nothing changes. Kafka's `PartitionChangeBuilder`.
 */
export function changePartition(
  topicId: string,
  partition: PartitionImage,
  wish: PartitionWish,
  rules: PartitionRules,
): MetadataRecord | undefined {
  const value = noPartitionChange(topicId, partition.index)
  const target = targetOf(partition, wish, rules)
  electInto(value, partition, target, wish.election ?? 'online', rules)
  // Brokers that lose a replica hear of it by the new leader epoch.
  if (value.leader === NO_LEADER_CHANGE && !hasAll(target.replicas, partition.replicas)) value.leader = partition.leader

  const elr = value.isr !== null || !rules.elr ? [] : target.elr
  if (!sameList(elr, partition.eligibleLeaderReplicas)) value.eligibleLeaderReplicas = [...elr]
  if (value.isr === null && (target.isr.length > 0 || rules.elr) && !sameList(target.isr, partition.isr)) {
    value.isr = [...target.isr]
  }
  if (rules.newEpochOnShrink && value.leader === NO_LEADER_CHANGE && value.isr !== null) {
    if (!hasAll(value.isr, partition.isr)) value.leader = partition.leader
  }
  if (rules.elr) noteLastKnownLeader(value, partition)
  noteAssignment(value, partition, target, wish, rules)
  const { leaderRecoveryState = partition.leaderRecoveryState } = wish
  if (leaderRecoveryState !== partition.leaderRecoveryState) value.leaderRecoveryState = leaderRecoveryState
  return isNoOp(value) ? undefined : { type: 'PartitionChangeRecord', version: rules.recordVersion, value }
}

interface Target {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
  isr: readonly number[]
  elr: readonly number[]
}

function targetOf(partition: PartitionImage, wish: PartitionWish, rules: PartitionRules): Target {
  const { isr = partition.isr, replicas = partition.replicas } = wish
  const { adding = partition.addingReplicas, removing = partition.removingReplicas } = wish
  const settled = completedReassignment({ replicas, adding, removing }, isr, rules.reassignmentsWaitForAll)
  const target: Target =
    settled === undefined
      ? { replicas, adding, removing, isr, elr: [] }
      : { ...settled, adding: [], removing: [], elr: [] }
  return { ...target, elr: eligibleLeaders(partition, target.isr, wish.uncleanShutdown, rules) }
}

/** KIP-966: who left the ISR since it is smaller than it has to be, and so has all that was committed. */
function eligibleLeaders(
  partition: PartitionImage,
  isr: readonly number[],
  uncleanShutdown: number | undefined,
  { elr, minIsr }: PartitionRules,
): readonly number[] {
  if (!elr) return partition.eligibleLeaderReplicas
  if (isr.length >= minIsr) return []
  const candidates = new Set([...partition.eligibleLeaderReplicas, ...partition.isr])
  return [...candidates].filter((id) => !isr.includes(id) && id !== uncleanShutdown).sort((a, b) => a - b)
}

interface Elected {
  readonly leader: number
  readonly unclean: boolean
}

/** Puts the leader that is found into the record, if it is another one. */
function electInto(
  value: PartitionChangeRecord,
  partition: PartitionImage,
  target: Target,
  election: Election,
  rules: PartitionRules,
): void {
  const { leader, unclean } = elect(partition, target, election, rules)
  if (leader === partition.leader) return
  if (target.elr.includes(leader)) {
    target.isr = [leader]
    target.elr = target.elr.filter((id) => id !== leader)
  }
  value.leader = leader
  if (!unclean) return
  value.isr = [leader]
  if (partition.leaderRecoveryState !== LEADER_RECOVERING) value.leaderRecoveryState = LEADER_RECOVERING
}

function elect(partition: PartitionImage, target: Target, election: Election, rules: PartitionRules): Elected {
  // An eligible leader leads only where nobody is in sync.
  const mayLead = (id: number): boolean =>
    (target.isr.includes(id) || (target.isr.length === 0 && target.elr.includes(id))) && rules.mayLead(id)
  const [preferred = NO_LEADER] = target.replicas
  if (election === 'preferred' && mayLead(preferred)) return { leader: preferred, unclean: false }
  if (mayLead(partition.leader)) return { leader: partition.leader, unclean: false }
  const inSync = target.replicas.find(mayLead)
  if (inSync !== undefined) return { leader: inSync, unclean: false }

  const last = lastKnownLeader(partition, target, rules)
  if (last !== undefined) return { leader: last, unclean: true }
  const anyone = election === 'unclean' ? target.replicas.find((id) => rules.mayLead(id)) : undefined
  return anyone === undefined ? { leader: NO_LEADER, unclean: false } : { leader: anyone, unclean: true }
}

/** KIP-966: where nobody is eligible, the last leader may come back, though it may have lost records. */
function lastKnownLeader(partition: PartitionImage, target: Target, rules: PartitionRules): number | undefined {
  const [last, ...more] = partition.lastKnownElr
  if (!rules.elr || last === undefined || more.length > 0) return undefined
  return target.elr.length === 0 && target.isr.length === 0 && rules.mayLead(last) ? last : undefined
}

/** `lastKnownElr` keeps who led before there was no leader any more. */
function noteLastKnownLeader(value: PartitionChangeRecord, partition: PartitionImage): void {
  if (value.leader === NO_LEADER && partition.lastKnownElr.length === 0) value.lastKnownElr = [partition.leader]
  else if (value.leader >= 0 && partition.lastKnownElr.length > 0) value.lastKnownElr = []
}

function noteAssignment(
  value: PartitionChangeRecord,
  partition: PartitionImage,
  target: Target,
  wish: PartitionWish,
  rules: PartitionRules,
): void {
  if (rules.directories && target.replicas.length > 0) {
    const known = replicaDirectories(partition)
    const directories = target.replicas.map(
      (id) => wish.directories?.get(id) ?? known.get(id) ?? rules.defaultDirectory(id),
    )
    const before = partition.replicas.map((id) => known.get(id) ?? MIGRATING_DIRECTORY)
    if (!sameList(directories, before)) value.directories = directories
  }
  if (target.replicas.length > 0 && !sameList(target.replicas, partition.replicas)) {
    value.replicas = [...target.replicas]
  }
  if (!sameList(target.removing, partition.removingReplicas)) value.removingReplicas = [...target.removing]
  if (!sameList(target.adding, partition.addingReplicas)) value.addingReplicas = [...target.adding]
}

function isNoOp(value: PartitionChangeRecord): boolean {
  return (
    value.isr === null &&
    value.eligibleLeaderReplicas === null &&
    value.lastKnownElr === null &&
    value.leader === NO_LEADER_CHANGE &&
    value.replicas === null &&
    value.removingReplicas === null &&
    value.addingReplicas === null &&
    value.leaderRecoveryState === NO_RECOVERY_CHANGE &&
    value.directories === null
  )
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}

function hasAll(list: readonly number[], items: readonly number[]): boolean {
  return items.every((item) => list.includes(item))
}
