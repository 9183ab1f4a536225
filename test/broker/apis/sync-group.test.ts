import { describe, expect, test } from 'vitest'
import { syncGroup } from '../../../src/broker/apis/sync-group.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { GroupDriver } from '../coordinator/groups/group-driver.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

describe('SyncGroup', () => {
  test.each([0, 1, 2, 3, 4, 5])('brings the assignments, and tells a member its own, v%d', (version) => {
    const g = new GroupDriver(new TestCluster())
    const { memberId } = g.join().answer
    const named = version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {}
    const assignments = [{ memberId, assignment: Buffer.from('mine') }]
    const request = { groupId: 'group', generationId: 1, memberId, assignments, ...named }
    expect(g.cluster.ask(syncGroup, version, request)).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      protocolType: version >= 5 ? 'consumer' : null,
      protocolName: version >= 5 ? 'range' : null,
      assignment: Buffer.from('mine'),
    })
  })

  test.each([0, 3, 5])('tells an error with an empty assignment, v%d', (version) => {
    const named = version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {}
    const { cluster } = new GroupDriver(new TestCluster())
    const answer = (groupId: string) =>
      cluster.ask(syncGroup, version, { groupId, generationId: 1, memberId: 'm', ...named })
    expect([errorName(answer('').errorCode), answer('').assignment.length]).toEqual(['INVALID_GROUP_ID', 0])
    expect(errorName(answer('group').errorCode)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('gives an empty assignment to a member that the leader forgets', () => {
    const g = new GroupDriver(new TestCluster())
    const { memberId } = g.join().answer
    expect(g.sync(memberId, 1, { who: 'nothing' }).answer).toMatchObject({ errorCode: 0, assignment: Buffer.alloc(0) })
    expect(g.state).toBe('Stable')
  })
})
