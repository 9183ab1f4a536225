import { describe, expect, test } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { AlterConfigs } from '../../../src/protocol/messages/alter-configs.ts'
import { AdminCluster, DONE, Op, Source, Type } from './admin-cluster.ts'

const VERSIONS = [0, 1, 2]
const NEWEST = 2

type Asked = readonly [type: number, name: string, configs: Record<string, string | null>]

async function alter(admin: AdminCluster, version: number, validateOnly: boolean, ...asked: Asked[]) {
  const resources = asked.map(([resourceType, resourceName, configs]) => ({
    resourceType,
    resourceName,
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  }))
  const { responses } = await admin.client.send(AlterConfigs, version, { resources, validateOnly })
  expect(responses.map(({ resourceType, resourceName }) => [resourceType, resourceName])).toEqual(
    asked.map(([type, name]) => [type, name]),
  )
  return responses.map(({ errorCode, errorMessage }) => [errorName(errorCode), errorMessage])
}

describe('AlterConfigs', () => {
  test.each(VERSIONS)('version %i sets what it names, and unsets all else', async (version) => {
    await using admin = await AdminCluster.start({
      topics: { a: { configs: { 'retention.ms': '5', 'segment.ms': '6' } } },
    })
    expect(await alter(admin, version, false, [Type.TOPIC, 'a', { 'retention.ms': '7' }])).toEqual([DONE])
    expect(await admin.describe(Type.TOPIC, 'a', 'retention.ms', 'segment.ms')).toEqual([
      ['segment.ms', '604800000', Source.DEFAULT],
      ['retention.ms', '7', Source.TOPIC],
    ])
  })

  test.each(VERSIONS)('version %i changes nothing when it is only to validate', async (version) => {
    await using admin = await AdminCluster.start({ topics: { a: { configs: { 'retention.ms': '5' } } } })
    expect(await alter(admin, version, true, [Type.TOPIC, 'a', {}])).toEqual([DONE])
    expect(await admin.describe(Type.TOPIC, 'a', 'retention.ms')).toEqual([['retention.ms', '5', Source.TOPIC]])
  })

  test('sets what holds for a broker, for all, for a group and for a subscription', async () => {
    await using admin = await AdminCluster.start()
    expect(
      await alter(
        admin,
        NEWEST,
        false,
        [Type.BROKER, '1', { 'log.retention.ms': '5' }],
        [Type.BROKER, '', { 'log.retention.ms': '6', 'min.insync.replicas': '1' }],
        [Type.GROUP, 'g', { 'share.delivery.count.limit': '7' }],
        [Type.CLIENT_METRICS, 'm', { metrics: 'a,b' }],
      ),
    ).toEqual([DONE, DONE, DONE, DONE])
    expect(await admin.describe(Type.BROKER, '1', 'log.retention.ms')).toEqual([
      ['log.retention.ms', '5', Source.BROKER],
    ])
    expect(await alter(admin, NEWEST, false, [Type.BROKER, '1', {}])).toEqual([DONE])
    expect(await admin.describe(Type.BROKER, '1', 'log.retention.ms')).toEqual([
      ['log.retention.ms', '6', Source.ALL_BROKERS],
    ])
  })

  test.each(VERSIONS)('version %i refuses what is wrong, each resource for itself', async (version) => {
    await using admin = await AdminCluster.start({ topics: { a: {}, b: {} } })
    expect(
      await alter(
        admin,
        version,
        false,
        [Type.TOPIC, 'a', { 'retention.ms': null, 'segment.ms': null }],
        [Type.TOPIC, 'missing', {}],
        [Type.BROKER, '1', { 'num.partitions': '3' }],
        [Type.BROKER, '2', {}],
        [Type.BROKER, 'x', {}],
        [Type.BROKER_LOGGER, '1', { root: 'INFO' }],
        [99, 'x', {}],
        [Type.TOPIC, 'b', { 'retention.ms': '5' }],
      ),
    ).toEqual([
      ['INVALID_REQUEST', 'Null value not supported for : retention.ms, segment.ms'],
      ['UNKNOWN_TOPIC_OR_PARTITION', "The topic 'missing' does not exist."],
      ['INVALID_REQUEST', 'Cannot update these configs dynamically: [num.partitions]'],
      ['INVALID_REQUEST', 'Unexpected broker id, expected 1, but received 2'],
      ['INVALID_REQUEST', 'Node id must be an integer, but it is: x'],
      ['INVALID_REQUEST', 'Unknown resource type 8'],
      ['INVALID_REQUEST', 'Unknown resource type 99'],
      DONE,
    ])
  })

  test('refuses a resource that is named twice, and answers nothing to nothing', async () => {
    await using admin = await AdminCluster.start({ topics: { a: {} } })
    const twice = ['INVALID_REQUEST', 'Each resource must appear at most once.']
    expect(await alter(admin, NEWEST, false, [Type.TOPIC, 'a', {}], [Type.TOPIC, 'a', {}])).toEqual([twice, twice])
    expect(await alter(admin, NEWEST, false)).toEqual([])
    expect(await admin.alter(Type.TOPIC, 'a', ['retention.ms', Op.SET, '5'])).toEqual(DONE)
  })
})
