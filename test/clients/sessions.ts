import { onTestFinished } from 'vitest'
import type { Client, Member, MemberEvents, Session } from './client.ts'
import type { RunningCluster } from './cluster.ts'

/** Starts a client; what is still open when the test ends is closed. */
export async function start(client: Client, cluster: RunningCluster): Promise<Session> {
  const session = await client.start(cluster.bootstrapServers)
  let open = true
  const close = async () => {
    if (open) await session.close()
    open = false
  }
  onTestFinished(close)
  return { ...session, close }
}

/** Joins a group; who is still in it when the test ends leaves. */
export async function join(session: Session, groupId: string, topic: string, events: MemberEvents): Promise<Member> {
  const member = await session.join(groupId, topic, events)
  let joined = true
  const leave = async () => {
    if (joined) await member.leave()
    joined = false
  }
  onTestFinished(leave)
  return { ...member, leave }
}
