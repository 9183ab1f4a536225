import { describe, expect, test } from 'vitest'
import { leaveGroup } from '../../../src/broker/apis/leave-group.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { GroupDriver } from '../coordinator/groups/group-driver.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

describe('LeaveGroup', () => {
  test.each([0, 1, 2])('has one member leave, v%d', (version) => {
    const g = new GroupDriver(new TestCluster())
    const [memberId] = g.stable() as [string]
    const error = (groupId: string) => errorName(g.cluster.ask(leaveGroup, version, { groupId, memberId }).errorCode)
    expect(error('group')).toBe('NONE')
    expect(error('group')).toBe('UNKNOWN_MEMBER_ID')
    expect(error('other')).toBe('UNKNOWN_MEMBER_ID')
    expect(error('')).toBe('INVALID_GROUP_ID')
  })

  test.each([3, 4, 5])('has any number of members leave, each with an answer, v%d', (version) => {
    const g = new GroupDriver(new TestCluster())
    const [a, b] = g.stable(2) as [string, string]
    const leave = (groupId: string, ...memberIds: string[]) => {
      const members = memberIds.map((memberId) => ({ memberId, ...(version >= 5 ? { reason: 'enough' } : {}) }))
      const answer = g.cluster.ask(leaveGroup, version, { groupId, members })
      return [errorName(answer.errorCode), ...answer.members.map(({ errorCode }) => errorName(errorCode))]
    }
    expect(leave('group', a, 'who', b)).toEqual(['NONE', 'NONE', 'UNKNOWN_MEMBER_ID', 'NONE'])
    expect(leave('other', a)).toEqual(['NONE', 'UNKNOWN_MEMBER_ID'])
    expect(leave('', a)).toEqual(['INVALID_GROUP_ID'])
    expect(leave('group')).toEqual(['NONE'])
    expect(g.state).toBe('Empty')
  })
})
