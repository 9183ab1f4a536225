import { expect, test } from 'vitest'
import { RemoteReplica } from '../../../src/broker/replication/remote-replica.ts'

const MAX_LAG = 30_000

test('a follower out of sync is not caught up before it fetches the end of the log, wherever a clock begins', () => {
  const remote = new RemoteReplica(2)
  remote.reset(0, false)
  expect(remote.isCaughtUp(10, 0, MAX_LAG)).toBe(false)
  remote.fetched({ nodeId: 2, offset: 5, logStartOffset: 0, brokerEpoch: 1 }, 10, 1000)
  expect(remote.isCaughtUp(10, 1000, MAX_LAG)).toBe(false)
  // By now it has what the leader had at its last fetch.
  remote.fetched({ nodeId: 2, offset: 10, logStartOffset: 0, brokerEpoch: 1 }, 20, 2000)
  expect(remote.isCaughtUp(20, 2000, MAX_LAG)).toBe(true)
  expect(remote.isCaughtUp(20, 31_001, MAX_LAG)).toBe(false)
})
