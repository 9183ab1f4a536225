import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { HeldRequest } from '../held-request.ts'
import { answerNow, hold } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import { groupMetadataRecord } from './group-record.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'
import { hasSynced, prepareRebalanceOrCompleteJoin, propagateAssignments } from './rebalance.ts'
import { type SyncAnswer, syncAnswer, syncError } from './sync-answer.ts'

/** A SyncGroup request, whatever its version. */
export interface SyncRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** KIP-559; null: not told. */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** By member id; the leader's alone counts. */
  readonly assignments: ReadonlyMap<string, Buffer>
}

/** A member asks for its assignment; the leader brings everybody's. Held until the leader has. */
export function sync(shard: GroupShard, request: SyncRequest): GroupDecision<SyncAnswer> {
  const { memberId } = request
  const group = shard.groups.get(request.groupId)
  if (group === undefined || group.state === 'Empty') return refuse('UNKNOWN_MEMBER_ID')
  const error = check(group, request)
  if (error !== undefined) return refuse(error)

  switch (group.state) {
    case 'PreparingRebalance':
      return refuse('REBALANCE_IN_PROGRESS')
    case 'CompletingRebalance': {
      const held = new HeldRequest<SyncAnswer>()
      group.member(memberId).heldSync = held
      hasSynced(shard, group, memberId)
      return group.isLeader(memberId) ? storeAssignments(shard, group, request, held) : answerNow(() => held.reply())
    }
    default:
      hasSynced(shard, group, memberId)
      return answerNow(() => syncAnswer(group, group.member(memberId)))
  }
}

/** Writes the generation with its assignments; when that is committed the group is stable and its members are told. */
function storeAssignments(
  shard: GroupShard,
  group: ClassicGroup,
  { assignments, generationId }: SyncRequest,
  held: HeldRequest<SyncAnswer>,
): GroupDecision<SyncAnswer> {
  // Somebody may join while the record is being committed; then there will be another generation.
  const goesOn = (): boolean => group.state === 'CompletingRebalance' && group.generationId === generationId
  return hold([groupMetadataRecord(group, assignments)], held, {
    committed() {
      if (!goesOn()) return
      group.assign(assignments)
      propagateAssignments(shard, group, 'NONE')
      shard.transition(group, 'Stable')
    },
    failed({ error }) {
      if (!goesOn()) return
      group.assign(new Map())
      propagateAssignments(shard, group, error)
      // Its members are there, so this writes nothing.
      prepareRebalanceOrCompleteJoin(shard, group)
    },
  })
}

function check(group: ClassicGroup, request: SyncRequest): ErrorName | undefined {
  try {
    group.validateMember(request.memberId, request.groupInstanceId)
  } catch (error) {
    if (error instanceof KafkaError) return error.error
    throw error
  }
  if (request.generationId !== group.generationId) return 'ILLEGAL_GENERATION'
  const consistent =
    agrees(request.protocolType, group.protocolType) && agrees(request.protocolName, group.protocolName)
  return consistent ? undefined : 'INCONSISTENT_GROUP_PROTOCOL'
}

function agrees(told: string | null, known: string | null): boolean {
  return told === null || known === null || told === known
}

function refuse(error: ErrorName): GroupDecision<SyncAnswer> {
  return answerNow(() => syncError(error))
}
