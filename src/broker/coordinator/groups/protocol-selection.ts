import { inHashMapOrder } from '../../java-hash.ts'
import type { ClassicGroupMember } from './classic-group-member.ts'

/** Whether every member offers a protocol. */
export function supportedByAll(protocol: string, members: Iterable<ClassicGroupMember>): boolean {
  for (const member of members) if (!member.supports(protocol)) return false
  return true
}

/**
 * The protocol that most members prefer among those that all of them offer. Between protocols with as many votes Kafka
 * takes the first in the order of its hash map.
 */
export function selectProtocol(members: readonly ClassicGroupMember[]): string {
  const candidates = new Set(members[0]?.protocols.map(({ name }) => name).filter((n) => supportedByAll(n, members)))
  const votes = new Map<string, number>()
  for (const member of members) {
    const choice = member.vote(candidates)
    votes.set(choice, (votes.get(choice) ?? 0) + 1)
  }
  let selected: string | undefined
  for (const protocol of inHashMapOrder(votes.keys())) {
    if (selected === undefined || (votes.get(protocol) ?? 0) > (votes.get(selected) ?? 0)) selected = protocol
  }
  if (selected === undefined) throw new Error('Cannot select protocol for empty group')
  return selected
}
