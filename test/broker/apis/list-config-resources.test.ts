import { describe, expect, test } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { ListConfigResources } from '../../../src/protocol/messages/list-config-resources.ts'
import { AdminCluster, Op, Type } from './admin-cluster.ts'

async function list({ client }: AdminCluster, version: number, ...resourceTypes: number[]) {
  const answer = await client.send(ListConfigResources, version, version === 0 ? {} : { resourceTypes })
  if (answer.errorCode !== 0) return errorName(answer.errorCode)
  return answer.configResources.map(({ resourceType, resourceName }) => [resourceType, resourceName])
}

describe('ListConfigResources', () => {
  test('lists subscriptions to the metrics of clients in version 0, as ListClientMetricsResources', async () => {
    await using admin = await AdminCluster.start({ topics: { a: {} } })
    expect(await list(admin, 0)).toEqual([])
    await admin.alter(Type.CLIENT_METRICS, 'n', ['metrics', Op.SET, ''])
    await admin.alter(Type.CLIENT_METRICS, 'm', ['metrics', Op.SET, ''])
    expect(await list(admin, 0)).toEqual([
      [Type.CLIENT_METRICS, 'm'],
      [Type.CLIENT_METRICS, 'n'],
    ])
    await admin.alter(Type.CLIENT_METRICS, 'n', ['metrics', Op.DELETE])
    expect(await list(admin, 0)).toEqual([[Type.CLIENT_METRICS, 'm']])
  })

  test('lists whatever has configs, from version 1 on', async () => {
    await using admin = await AdminCluster.start({ brokers: 2, topics: { a: {} } })
    await admin.alter(Type.GROUP, 'g', ['consumer.session.timeout.ms', Op.SET, '50000'])
    await admin.alter(Type.CLIENT_METRICS, 'm', ['metrics', Op.SET, ''])
    const all = [
      [Type.GROUP, 'g'],
      [Type.CLIENT_METRICS, 'm'],
      [Type.BROKER_LOGGER, '1'],
      [Type.BROKER_LOGGER, '2'],
      [Type.BROKER, '1'],
      [Type.BROKER, '2'],
      [Type.TOPIC, 'a'],
    ]
    expect(await list(admin, 1)).toEqual(all)
    for (const type of Object.values(Type)) {
      expect(await list(admin, 1, type, type)).toEqual(all.filter(([each]) => each === type))
    }
  })

  test('refuses a type that there is not', async () => {
    await using admin = await AdminCluster.start()
    expect(await list(admin, 1, Type.TOPIC, 1)).toBe('UNSUPPORTED_VERSION')
  })
})
