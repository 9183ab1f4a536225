import { describe, expect, test } from 'vitest'
import { fetch } from '../../../../src/broker/apis/fetch.ts'
import { decodeKey, decodeValue, recordPrefix } from '../../../../src/protocol/log-record.ts'
import { GroupMetadataKey, GroupMetadataValue } from '../../../../src/protocol/messages/records/group-metadata.ts'
import { OffsetCommitKey, OffsetCommitValue } from '../../../../src/protocol/messages/records/offset-commit.ts'
import type { KafkaRecord } from '../../../../src/protocol/records/record.ts'
import { readBatches } from '../../../../src/protocol/records/record-batch.ts'
import { releaseOf } from '../../../../src/protocol/release.ts'
import { TestCluster } from '../test-cluster.ts'
import { GroupDriver, RANGE } from './group-driver.ts'
import { restart } from './restart.ts'

/** The records of a group's partition of __consumer_offsets, as a plain consumer fetches them. */
function records(cluster: TestCluster, groupId: string): KafkaRecord[] {
  const partition = cluster.broker().groups.partitionFor(groupId)
  const { responses } = cluster.ask(fetch, 11, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic: '__consumer_offsets', partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1e6 }] }],
  })
  const slices = responses[0]?.partitions[0]?.records ?? []
  return slices.flatMap((slice) => [...readBatches(slice)].flatMap((batch) => [...batch.records()]))
}

describe('what a group leaves in __consumer_offsets', () => {
  test("decodes with Kafka's formats", () => {
    const cluster = new TestCluster()
    const g = new GroupDriver(cluster)
    const now = cluster.clock.now()
    const [a] = g.stable() as [string]
    g.commit(a, 1, 5)
    g.leave(a)
    const [made, stable, committed, empty] = records(cluster, 'group')
    const metadata = (record: KafkaRecord | undefined) => ({
      key: decodeKey(GroupMetadataKey, record?.key ?? Buffer.alloc(0)),
      ...decodeValue(GroupMetadataValue, record?.value ?? Buffer.alloc(0)),
    })
    const noMembers = { protocol: null, leader: null, currentStateTimestamp: now, members: [] }
    expect(metadata(made)).toEqual({
      key: { group: 'group' },
      version: 3,
      value: { protocolType: '', generation: 0, ...noMembers },
    })
    expect(metadata(stable)).toMatchObject({
      version: 3,
      value: {
        protocolType: 'consumer',
        generation: 1,
        protocol: 'range',
        leader: a,
        members: [
          {
            memberId: a,
            groupInstanceId: null,
            clientId: 'client',
            clientHost: '/127.0.0.1',
            rebalanceTimeout: 60_000,
            sessionTimeout: 10_000,
            subscription: RANGE.metadata,
            assignment: Buffer.from('assignment 0'),
          },
        ],
      },
    })
    expect(decodeKey(OffsetCommitKey, committed?.key ?? Buffer.alloc(0))).toEqual({
      group: 'group',
      topic: 'orders',
      partition: 0,
    })
    expect(decodeValue(OffsetCommitValue, committed?.value ?? Buffer.alloc(0))).toMatchObject({
      version: 4,
      value: {
        offset: 5,
        leaderEpoch: -1,
        metadata: '',
        commitTimestamp: now,
        topicId: cluster.broker().image.topic('orders')?.id,
      },
    })
    expect(metadata(empty).value).toEqual({ protocolType: 'consumer', generation: 2, ...noMembers })
  })

  test.each([
    ['4.1', 3, 4],
    ['4.0', 3, 3],
    ['3.9', 3, 3],
    ['2.2', 2, 3],
    ['2.0', 1, 1],
    ['0.10.0', 0, 1],
  ])('is written in the versions of Kafka %s, and read again', (name, groupMetadata, offsetCommit) => {
    const cluster = new TestCluster({ release: releaseOf(name) })
    const g = new GroupDriver(cluster)
    const [a] = g.stable() as [string]
    g.commit(a, 1, 5)
    const values = records(cluster, 'group').map(({ value }) => recordPrefix(value ?? Buffer.alloc(0)))
    expect(values).toEqual([groupMetadata, groupMetadata, offsetCommit])
    restart(cluster)
    expect(g.committed()).toBe(5)
  })

  test('is compressed as offsets.topic.compression.codec asks', () => {
    const cluster = new TestCluster({ config: { 'offsets.topic.compression.codec': '1' } })
    const g = new GroupDriver(cluster)
    g.commit('', -1, 5)
    const broker = cluster.broker()
    const log = broker.replicas.partition('__consumer_offsets', broker.groups.partitionFor('group'))
    const [slice] = log.read({ offset: 0, maxBytes: 1e6, minOneMessage: true, isolation: 'log-end' }).records
    expect([...readBatches(slice as Buffer)].map(({ compression }) => compression)).toEqual(['gzip'])
    restart(cluster)
    expect(g.committed()).toBe(5)
  })

  test('is a tombstone for each offset and the group when that is deleted', () => {
    const cluster = new TestCluster()
    const g = new GroupDriver(cluster)
    g.commit('', -1, 5)
    cluster.queue.turn(() => cluster.broker().groups.delete(['group']))
    const [, offset, group] = records(cluster, 'group')
    expect(decodeKey(OffsetCommitKey, offset?.key ?? Buffer.alloc(0)).topic).toBe('orders')
    expect(decodeKey(GroupMetadataKey, group?.key ?? Buffer.alloc(0)).group).toBe('group')
    expect([offset?.value, group?.value]).toEqual([null, null])
  })
})

describe('a coordinator that comes up again', () => {
  test.each(['5242880', '1'])(
    'knows its stable groups, read %s bytes at a time, and their members need not join again',
    (bytes) => {
      const cluster = new TestCluster({ config: { 'offsets.load.buffer.size': bytes } })
      const g = new GroupDriver(cluster)
      const [a, b] = g.stable(2) as [string, string]
      g.commit(a, 2, 5)
      const before = g.describe()
      restart(cluster)
      expect(g.describe()).toEqual(before)
      expect(g.committed()).toBe(5)
      expect(g.heartbeat(a, 2)).toBe('NONE')
      expect(g.sync(b, 2).answer.assignment.toString()).toBe('assignment 1')
      expect(g.commit(b, 2, 6)).toBe('NONE')
    },
  )

  test('begins their sessions anew', () => {
    const cluster = new TestCluster()
    const g = new GroupDriver(cluster)
    const [a] = g.stable() as [string]
    cluster.clock.advance(9000)
    restart(cluster)
    cluster.clock.advance(9999)
    expect(g.memberIds).toEqual([a])
    cluster.clock.advance(1)
    expect(g.state).toBe('Empty')
  })

  test('does not know of a generation that was not complete', () => {
    const cluster = new TestCluster()
    const g = new GroupDriver(cluster)
    const [a] = g.stable() as [string]
    const b = g.join()
    g.join(a)
    restart(cluster)
    expect(g.describe()).toMatchObject({ groupState: 'Stable', members: [{ memberId: a }] })
    expect(g.heartbeat(a, 2)).toBe('ILLEGAL_GENERATION')
    expect(g.heartbeat(b.answer.memberId, 2)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('knows simple groups by their offsets alone, and goes on removing what has expired', () => {
    const cluster = new TestCluster()
    const g = new GroupDriver(cluster)
    g.commit('', -1, 5)
    restart(cluster)
    expect(g.describe()).toMatchObject({ groupState: 'Empty', protocolType: '' })
    expect(g.committed()).toBe(5)
    cluster.clock.advance(8 * 24 * 60 * 60 * 1000)
    expect(g.state).toBe('Dead')
  })
})
