import { describe, expect, test } from 'vitest'
import { describeGroups } from '../../../src/broker/apis/describe-groups.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { releaseOf } from '../../../src/protocol/release.ts'
import { GroupDriver, RANGE } from '../coordinator/groups/group-driver.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

const NOT_ASKED = -(2 ** 31)

describe('DescribeGroups', () => {
  test.each([0, 1, 2, 3, 4, 5, 6])('tells a group and its members, v%d', (version) => {
    const g = new GroupDriver(new TestCluster())
    const { memberId } = g.join('', { groupInstanceId: 'i' }).answer
    g.sync(memberId, 1, { [memberId]: 'mine' })
    expect(g.cluster.ask(describeGroups, version, { groups: ['group'] }).groups).toEqual([
      {
        errorCode: 0,
        errorMessage: null,
        groupId: 'group',
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
        members: [
          {
            memberId,
            groupInstanceId: version >= 4 ? 'i' : null,
            clientId: 'client',
            clientHost: '/127.0.0.1',
            memberMetadata: RANGE.metadata,
            memberAssignment: Buffer.from('mine'),
          },
        ],
        authorizedOperations: NOT_ASKED,
      },
    ])
  })

  test('tells protocol and subscriptions of a stable group alone', () => {
    const g = new GroupDriver(new TestCluster())
    g.join()
    expect(g.describe()).toMatchObject({
      groupState: 'CompletingRebalance',
      protocolType: 'consumer',
      protocolData: '',
      members: [{ memberMetadata: Buffer.alloc(0), memberAssignment: Buffer.alloc(0) }],
    })
  })

  test('takes a group that is not there for a dead one until version 5, and says so since (KIP-1043)', () => {
    const { cluster } = new GroupDriver(new TestCluster())
    const ask = (version: number) => cluster.ask(describeGroups, version, { groups: ['none'] }).groups[0]
    expect(ask(5)).toMatchObject({ errorCode: 0, groupState: 'Dead', members: [] })
    const { errorCode, ...group } = ask(6) ?? { errorCode: 0 }
    expect(errorName(errorCode)).toBe('GROUP_ID_NOT_FOUND')
    expect(group).toMatchObject({ errorMessage: 'Group none not found.', groupState: 'Dead' })
  })

  test.each([3, 4, 5, 6])('tells what may be done with a group when asked, v%d (KIP-430)', (version) => {
    const g = new GroupDriver(new TestCluster())
    g.stable()
    const { groups } = g.cluster.ask(describeGroups, version, {
      groups: ['group', 'none'],
      includeAuthorizedOperations: true,
    })
    expect(groups.map((group) => group.authorizedOperations)).toEqual([3400, version < 6 ? 3400 : NOT_ASKED])
  })

  test('knows of no configs of groups before Kafka 4.0', () => {
    const g = new GroupDriver(new TestCluster({ release: releaseOf('3.9') }))
    g.stable()
    const { groups } = g.cluster.ask(describeGroups, 5, { groups: ['group'], includeAuthorizedOperations: true })
    expect(groups[0]?.authorizedOperations).toBe(328)
  })

  test('is for the group coordinator, group by group', () => {
    const cluster = new TestCluster({ brokers: 3 })
    const groups = ['a', 'b', 'c', 'd']
    const drivers = groups.map((groupId) => new GroupDriver(cluster, groupId))
    const { partitionFor } = { partitionFor: (id: string) => cluster.broker().groups.partitionFor(id) }
    const leader = (id: string) => cluster.broker().image.partition('__consumer_offsets', partitionFor(id))?.leader
    const answer = cluster.ask(describeGroups, 0, { groups }, { node: 1 })
    expect(drivers).toHaveLength(4)
    expect(answer.groups.map(({ errorCode }) => errorName(errorCode))).toEqual(
      groups.map((id) => (leader(id) === 1 ? 'NONE' : 'NOT_COORDINATOR')),
    )
  })
})
