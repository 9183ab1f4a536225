import { describe, expect, test } from 'vitest'
import { deleteGroups } from '../../../src/broker/apis/delete-groups.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { GroupDriver } from '../coordinator/groups/group-driver.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

describe('DeleteGroups', () => {
  test.each([0, 1, 2, 3])('deletes groups without members, with their offsets, v%d', (version) => {
    const cluster = new TestCluster()
    const busy = new GroupDriver(cluster, 'busy')
    const idle = new GroupDriver(cluster, 'idle')
    busy.stable()
    idle.commit('', -1, 5)
    const seen: string[] = []
    cluster.events.on('group:state', ({ groupId, state }) => seen.push(`${groupId} ${state}`))
    const { results } = cluster.ask(deleteGroups, version, { groupsNames: ['busy', 'idle', 'none', 'idle', ''] })
    const errors = Object.fromEntries(results.map(({ groupId, errorCode }) => [groupId, errorName(errorCode)]))
    expect(results).toHaveLength(4)
    expect(errors).toEqual({
      busy: 'NON_EMPTY_GROUP',
      idle: 'NONE',
      none: 'GROUP_ID_NOT_FOUND',
      '': 'GROUP_ID_NOT_FOUND',
    })
    expect(results.every(({ errorMessage }) => errorMessage === null)).toBe(true)
    expect(idle.state).toBe('Dead')
    expect(idle.committed()).toBe(-1)
    expect(busy.state).toBe('Stable')
    expect(seen).toEqual(['idle Dead'])
  })

  test('is for the group coordinator', () => {
    const { results } = new TestCluster().ask(deleteGroups, 0, { groupsNames: ['a', 'b'] })
    expect(results.map(({ errorCode }) => errorName(errorCode))).toEqual(['NOT_COORDINATOR', 'NOT_COORDINATOR'])
  })
})
