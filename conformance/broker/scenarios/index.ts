import { type ApiCases, scenariosOf } from '../case.ts'
import { brokerIsMissing } from './broker-missing.ts'
import { brokerStandsStill, followerStandsStill } from './broker-paused.ts'
import { followerIsStopped } from './follower-stopped.ts'
import { leaderIsKilled } from './leader-killed.ts'
import { leaderIsStopped } from './leader-stopped.ts'
import { groupMoves } from './moving-group.ts'
import { transactionMoves } from './moving-transaction.ts'
import { nearestReplica } from './nearest-replica.ts'
import { allReplicasGo } from './unclean-election.ts'
import { leaderMovesWhileConsumersWait } from './waiting-fetches.ts'

/** What clients see while brokers stop, die and come back. The first ones are those of the short form. */
export const scenarios: ApiCases = scenariosOf({
  'a leader is stopped in order': leaderIsStopped,
  'a follower is stopped, and too few replicas are in sync': followerIsStopped,
  'topics are made, elected and moved while a broker is missing': brokerIsMissing,
  'a leader is killed': leaderIsKilled,
  'a leader stands still': brokerStandsStill,
  'a follower stands still': followerStandsStill,
  'a group moves with its coordinator': groupMoves,
  'a transaction moves with its coordinator, and what it wrote to another leader': transactionMoves,
  'consumers wait at a leader that moves': leaderMovesWhileConsumersWait,
  'consumers read from the nearest replica': nearestReplica,
  'all replicas go, and one that lacks records comes back first': allReplicasGo,
})
