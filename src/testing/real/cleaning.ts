import type { RealView } from './connection.ts'
import { removeMember } from './group-members.ts'

/**
 * Deletes what this run has made: the groups and topics whose names begin as its own, and topics of other names that it has made itself. Kafka deletes no
 * transactional ids; it forgets them by itself (`transactional.id.expiration.ms`).
 * @throws Error that names what could not be deleted, and clients that were not closed
 */
export async function cleanUp(view: RealView): Promise<void> {
  const left = [...(await deleteGroups(view)), ...(await deleteTopics(view))]
  if (left.length > 0) throw new Error(`of this run something is left in the cluster:\n${left.join('\n')}`)
}

async function deleteGroups(view: RealView): Promise<string[]> {
  const { admin, permission } = view
  const ids = [...(await admin.listConsumerGroups()).keys()].filter((id) => permission.isNamedHere(id))
  const left: string[] = []
  for (const group of await described(view, ids)) {
    const { groupId, members } = group
    for (const { memberId, groupInstanceId, clientId, clientHost } of members.values()) {
      left.push(`- client ${clientId} at ${clientHost} was not closed: it was still in the group ${groupId}`)
      await removeMember(view, groupId, { memberId, groupInstanceId }).catch(() => {})
    }
    await attempt(left, `the group ${groupId}`, 'GROUP_ID_NOT_FOUND', () => admin.deleteConsumerGroup(groupId))
  }
  return left
}

async function described(
  { admin }: RealView,
  ids: readonly string[],
): ReturnType<RealView['admin']['describeConsumerGroups']> {
  return ids.length === 0 ? [] : admin.describeConsumerGroups(ids)
}

async function deleteTopics({ admin, permission }: RealView): Promise<string[]> {
  const there = (await admin.describeTopics([])).map(({ name }) => name)
  const left: string[] = []
  for (const topic of there.filter((name) => permission.isNamedHere(name) || permission.others.includes(name))) {
    await attempt(left, `the topic ${topic}`, 'UNKNOWN_TOPIC_OR_PARTITION', () => admin.deleteTopic(topic))
  }
  return left
}

/** Notes what could not be done; what is gone already is none of it. */
async function attempt(left: string[], what: string, gone: string, remove: () => Promise<void>): Promise<void> {
  try {
    await remove()
  } catch (error) {
    if ((error as { error?: unknown }).error === gone) return
    left.push(`- ${what} could not be deleted: ${error instanceof Error ? error.message : String(error)}`)
  }
}
