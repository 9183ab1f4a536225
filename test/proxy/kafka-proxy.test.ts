import { expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { DescribeCluster } from '../../src/protocol/messages/describe-cluster.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { WireClient } from '../wire-client.ts'

const shown = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`

test('a client behind a proxy is told to find every broker there, in every version', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: {} } })
  await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
  expect(proxy.clusterId).toBe(cluster.clusterId)
  expect(proxy.brokers.map(shown)).toEqual(cluster.bootstrapServers)
  expect(proxy.bootstrapServers).toHaveLength(3)
  const direct = await WireClient.to(cluster.bootstrapServers[0] as string)
  const through = await WireClient.to(proxy.bootstrapServers[0] as string)
  const moved = <T extends { host: string; port: number }>(node: T): T => {
    const [host, port] = (proxy.bootstrapServers[cluster.bootstrapServers.indexOf(shown(node))] as string).split(':')
    return { ...node, host: host as string, port: Number(port) }
  }
  for (let version = 0; version <= Metadata.versions.max; version++) {
    const request = { topics: version === 0 ? [] : null }
    const answer = await direct.send(Metadata, version, request)
    // Kafka tells any broker for the controller, another one each time.
    const expected = { ...answer, brokers: answer.brokers.map(moved), controllerId: expect.any(Number) }
    expect(await through.send(Metadata, version, request), `Metadata v${version}`).toEqual(expected)
  }
  for (let version = 0; version <= FindCoordinator.versions.max; version++) {
    const request = version < 4 ? { key: 'billing' } : { coordinatorKeys: ['billing', 'shipping'] }
    const answer = await direct.send(FindCoordinator, version, request)
    const expected =
      version < 4 ? moved(answer) : { ...answer, coordinators: answer.coordinators.map((found) => moved(found)) }
    expect(await through.send(FindCoordinator, version, request), `FindCoordinator v${version}`).toEqual(expected)
  }
  for (let version = 0; version <= DescribeCluster.versions.max; version++) {
    const answer = await direct.send(DescribeCluster, version, {})
    expect(await through.send(DescribeCluster, version, {})).toEqual({
      ...answer,
      brokers: answer.brokers.map(moved),
      controllerId: expect.any(Number),
    })
  }
  const versions = await direct.exchange(ApiVersions, 3, {})
  expect((await through.exchange(ApiVersions, 3, {})).frame.subarray(4)).toEqual(versions.frame.subarray(4))
  direct.close()
  through.close()
})
