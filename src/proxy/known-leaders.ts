import type { CurrentLeader, Endpoint, Hints } from '../broker/network/leader-hints.ts'
import type { Struct } from '../intercept/entity-layout.ts'
import type { Finds } from './answers.ts'

/** Who leads which partition, and where brokers are, by the answers that were seen. */
export class KnownLeaders {
  /** Where upstream says that its brokers are. */
  private readonly brokers = new Map<number, Endpoint>()
  private readonly leaders = new Map<string, Map<number, CurrentLeader>>()

  /** Learns from an answer that tells of topics. */
  note(answer: Struct): void {
    for (const { nodeId, host, port, rack } of (answer.brokers ?? []) as readonly Endpoint[]) {
      this.brokers.set(nodeId, { nodeId, host, port, rack })
    }
    for (const { name, partitions } of (answer.topics ?? []) as readonly Struct[]) {
      if (typeof name !== 'string' || !Array.isArray(partitions)) continue
      const leaders = this.leaders.get(name) ?? new Map<number, CurrentLeader>()
      this.leaders.set(name, leaders)
      for (const { partitionIndex, leaderId, leaderEpoch } of partitions as readonly (Struct & CurrentLeader)[]) {
        leaders.set(partitionIndex as number, { leaderId, leaderEpoch })
      }
    }
  }

  /** What an answer may tell beside an error that says that another broker leads (KIP-951). @param find where clients find a node */
  hints(find: Finds): Hints {
    const told = new Map<number, Endpoint>()
    return {
      currentLeader: (topic, partition) => {
        const leader = this.leaders.get(topic)?.get(partition) ?? { leaderId: -1, leaderEpoch: -1 }
        const broker = this.brokers.get(leader.leaderId)
        const address = broker === undefined ? undefined : find(broker.nodeId, broker)
        if (broker !== undefined && address !== undefined) told.set(broker.nodeId, { ...broker, ...address })
        return leader
      },
      get nodeEndpoints() {
        return [...told.values()]
      },
    }
  }
}
