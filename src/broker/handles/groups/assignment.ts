import { decodeForward } from '../../../protocol/log-record.ts'
import { ProtocolError } from '../../../protocol/message.ts'
import { ConsumerProtocolAssignment } from '../../../protocol/messages/data/consumer-protocol-assignment.ts'
import { CONSUMER_PROTOCOL_TYPE } from '../../coordinator/groups/subscribed-topics.ts'
import type { AssignedTopic } from './group-description.ts'

/** What a member was assigned, where it is told in the words of consumers. */
export function readAssignment(protocolType: string, assignment: Buffer): readonly AssignedTopic[] | undefined {
  if (protocolType !== CONSUMER_PROTOCOL_TYPE) return undefined
  if (assignment.length === 0) return []
  try {
    const { assignedPartitions } = decodeForward(ConsumerProtocolAssignment, assignment).value
    return assignedPartitions.map(({ topic, partitions }) => ({ topic, partitions: [...partitions] }))
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}
