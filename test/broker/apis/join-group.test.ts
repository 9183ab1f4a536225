import { describe, expect, test } from 'vitest'
import { findCoordinator } from '../../../src/broker/apis/find-coordinator.ts'
import { incrementalAlterConfigs } from '../../../src/broker/apis/incremental-alter-configs.ts'
import { joinGroup } from '../../../src/broker/apis/join-group.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../src/protocol/messages/join-group.ts'
import { type Call, type CallOptions, TestCluster } from '../coordinator/test-cluster.ts'

function start(brokers = 1): TestCluster {
  const cluster = new TestCluster({ brokers })
  cluster.ask(findCoordinator, 0, { key: 'group' })
  return cluster
}

function join(
  cluster: TestCluster,
  version: number,
  request: Input<JoinGroupRequest> = {},
  options: CallOptions = {},
): Call<JoinGroupResponse> {
  const protocols = [{ name: 'range', metadata: Buffer.from('me') }]
  const whole = { groupId: 'group', protocolType: 'consumer', protocols, sessionTimeoutMs: 10_000, ...request }
  return cluster.call(joinGroup, version, whole, options)
}

describe('JoinGroup', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('has a member join, v%d', (version) => {
    const cluster = start()
    const first = join(cluster, version).answer
    const answer = version < 4 ? first : join(cluster, version, { memberId: first.memberId }).answer
    expect(errorName(first.errorCode)).toBe(version < 4 ? 'NONE' : 'MEMBER_ID_REQUIRED')
    expect(answer).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      generationId: 1,
      protocolType: version >= 7 ? 'consumer' : null,
      protocolName: 'range',
      leader: answer.memberId,
      skipAssignment: false,
      memberId: answer.memberId,
      members: [{ memberId: answer.memberId, groupInstanceId: null, metadata: Buffer.from('me') }],
    })
  })

  test.each([0, 3, 6, 7, 9])(
    'tells no protocol by an empty name until version 6, and by null since, v%d',
    (version) => {
      const answer = join(start(), version, { memberId: 'who' }).answer
      expect(errorName(answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
      expect(answer).toMatchObject({ memberId: 'who', generationId: -1, leader: '', members: [] })
      expect(answer.protocolName).toBe(version >= 7 ? null : '')
    },
  )

  test.each([6, 7])('tells a protocol without a name as no protocol, v%d', (version) => {
    const cluster = start()
    const protocols = [{ name: '', metadata: Buffer.from('me') }]
    const { memberId } = join(cluster, version, { protocols }).answer
    const answer = join(cluster, version, { memberId, protocols }).answer
    expect(answer).toMatchObject({ errorCode: 0, generationId: 1, protocolName: version >= 7 ? null : '' })
  })

  test('gives an id to the first member of a group though that cannot be written, and does not know it then', () => {
    const cluster = start()
    const configs = [{ name: 'max.message.bytes', configOperation: 0, value: '70' }]
    const resources = [{ resourceType: 2, resourceName: '__consumer_offsets', configs }]
    cluster.ask(incrementalAlterConfigs, 1, { resources })
    const { memberId, errorCode } = join(cluster, 9).answer
    expect(errorName(errorCode)).toBe('MEMBER_ID_REQUIRED')
    expect(errorName(join(cluster, 9, { memberId }).answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
    expect(errorName(join(cluster, 3).answer.errorCode)).toBe('UNKNOWN_SERVER_ERROR')
    expect(errorName(join(cluster, 9, { groupInstanceId: 'one' }).answer.errorCode)).toBe('UNKNOWN_SERVER_ERROR')
    expect(errorName(join(cluster, 9, { protocols: [] }).answer.errorCode)).toBe('INCONSISTENT_GROUP_PROTOCOL')
  })

  test('wants a group with a name', () => {
    const answer = join(start(), 5, { groupId: '', memberId: 'm' }).answer
    expect([errorName(answer.errorCode), answer.memberId]).toEqual(['INVALID_GROUP_ID', 'm'])
  })

  test('is for the group coordinator', () => {
    const cluster = start(3)
    const coordinator = cluster.ask(findCoordinator, 2, { key: 'group' }).nodeId
    for (const node of [0, 1, 2]) {
      const answer = join(cluster, 3, {}, { node }).answer
      expect(errorName(answer.errorCode)).toBe(node === coordinator ? 'NONE' : 'NOT_COORDINATOR')
    }
    expect(errorName(join(new TestCluster(), 7).answer.errorCode)).toBe('NOT_COORDINATOR')
  })

  test('makes a member id of the client id, which need not be there', () => {
    const cluster = start()
    expect(join(cluster, 3, {}, { clientId: 'app' }).answer.memberId).toMatch(/^app-/)
    expect(join(cluster, 4, { groupId: 'other' }, { clientId: null }).answer.memberId).toMatch(/^-[0-9a-f]{8}-/)
  })
})
