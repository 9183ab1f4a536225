import { KafkaError } from '../../../protocol/errors.ts'
import { decide } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type CommitAnswer, type CommitRequest, offsetRecords } from './commit.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'

/** A TxnOffsetCommit request, whatever its version. Its topics are known, and have these partitions. */
export interface TransactionalCommitRequest extends Omit<CommitRequest, 'retentionTimeMs'> {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * Writes offsets that are committed when the producer's transaction is (KIP-98). Whoever says which member it is must be one, in
 * its generation (KIP-447): a consumer that has lost its partitions cannot commit for them.
 */
export function commitTransactionalOffsets(
  shard: GroupShard,
  request: TransactionalCommitRequest,
): GroupDecision<CommitAnswer> {
  const group = shard.groups.get(request.groupId)
  if (group !== undefined) checkMember(group, request)
  else if (request.generationId >= 0) {
    throw new KafkaError(
      request.knowsGroupIdNotFound ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION',
      `Group ${request.groupId} not found.`,
    )
  }
  const { records, answer } = offsetRecords(shard, request, -1)
  return decide(records, () => answer)
}

/** Unlike for other commits neither the group's state nor, for clients that cannot name one, the member matters. */
function checkMember(
  group: ClassicGroup,
  { generationId, memberId, groupInstanceId }: TransactionalCommitRequest,
): void {
  if (generationId < 0 && (group.state === 'Empty' || (memberId === '' && groupInstanceId === null))) return
  group.validateMember(memberId, groupInstanceId)
  if (generationId !== group.generationId) throw new KafkaError('ILLEGAL_GENERATION')
}
