import { describe, expect, test } from 'vitest'
import { listGroups } from '../../../src/broker/apis/list-groups.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { GroupDriver } from '../coordinator/groups/group-driver.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

describe('ListGroups', () => {
  test.each([0, 1, 2, 3, 4, 5])('tells the groups that the broker coordinates, v%d', (version) => {
    const cluster = new TestCluster()
    expect(cluster.ask(listGroups, version, {}).groups).toEqual([])
    new GroupDriver(cluster, 'a').stable()
    new GroupDriver(cluster, 'b').commit('', -1, 1)
    const { groups, errorCode } = cluster.ask(listGroups, version, {})
    expect(errorCode).toBe(0)
    expect(groups.toSorted((x, y) => (x.groupId < y.groupId ? -1 : 1))).toEqual([
      {
        groupId: 'a',
        protocolType: 'consumer',
        groupState: version >= 4 ? 'Stable' : '',
        groupType: version >= 5 ? 'classic' : '',
      },
      {
        groupId: 'b',
        protocolType: '',
        groupState: version >= 4 ? 'Empty' : '',
        groupType: version >= 5 ? 'classic' : '',
      },
    ])
  })

  test('tells those in some states (KIP-518) and of some types (KIP-848), however these are written', () => {
    const cluster = new TestCluster()
    new GroupDriver(cluster, 'a').stable()
    new GroupDriver(cluster, 'b').commit('', -1, 1)
    const list = (statesFilter: string[], typesFilter: string[] = []) =>
      cluster.ask(listGroups, 5, { statesFilter, typesFilter }).groups.map(({ groupId }) => groupId)
    expect(list(['stable'])).toEqual(['a'])
    expect(list([' EMPTY ', 'Dead'])).toEqual(['b'])
    expect(list(['nonsense'])).toEqual([])
    expect(list(['Stable'], ['Classic'])).toEqual(['a'])
    expect(list(['Stable'], ['consumer'])).toEqual([])
    expect(list([], ['nonsense'])).toEqual([])
  })

  test('leaves the groups of other brokers to them', () => {
    const cluster = new TestCluster({ brokers: 3 })
    const ids = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const id of ids) new GroupDriver(cluster, id)
    for (const id of ids) {
      const partition = cluster.broker().groups.partitionFor(id)
      const node = cluster.broker().image.partition('__consumer_offsets', partition)?.leader ?? -1
      cluster.queue.turn(() =>
        cluster.broker(node).groups.commitOffsets({
          groupId: id,
          generationId: -1,
          memberId: '',
          groupInstanceId: null,
          retentionTimeMs: -1,
          knowsGroupIdNotFound: true,
          topics: [{ topic: 'orders', topicId: ZERO_UUID, partitions: [ONE] }],
        }),
      )
    }
    const perNode = [0, 1, 2].map((node) =>
      cluster.ask(listGroups, 0, {}, { node }).groups.map(({ groupId }) => groupId),
    )
    expect(perNode.flat().toSorted()).toEqual(ids)
    expect(perNode.filter((some) => some.length > 0).length).toBeGreaterThan(1)
  })
})

const ONE = { partition: 0, offset: 1, leaderEpoch: -1, metadata: null, timestamp: -1 }
