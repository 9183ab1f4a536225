import { describe, expect, test } from 'vitest'
import { heartbeat } from '../../../src/broker/apis/heartbeat.ts'
import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { GroupDriver } from '../coordinator/groups/group-driver.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

describe('Heartbeat', () => {
  test.each([0, 1, 2, 3, 4])('tells that all is well, or not, v%d', (version) => {
    const g = new GroupDriver(new TestCluster())
    const [memberId] = g.stable() as [string]
    const error = (groupId: string, generationId: number) =>
      errorName(g.cluster.ask(heartbeat, version, { groupId, generationId, memberId }).errorCode)
    expect(error('group', 1)).toBe('NONE')
    expect(error('group', 2)).toBe('ILLEGAL_GENERATION')
    expect(error('', 1)).toBe('INVALID_GROUP_ID')
    expect(error('other', 1)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('is taken for good while the coordinator loads', () => {
    const fail = heartbeat.fail as NonNullable<typeof heartbeat.fail>
    const answer = (code: number) => fail({} as never, code, {} as never)
    expect(answer(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)).toEqual({ errorCode: ErrorCode.NONE })
    expect(answer(ErrorCode.NOT_COORDINATOR)).toEqual({ errorCode: ErrorCode.NOT_COORDINATOR })
  })
})
