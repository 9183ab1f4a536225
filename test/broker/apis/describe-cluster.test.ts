import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.ts'
import { WireClient } from '../../wire-client.ts'

const VERSIONS = [0, 1, 2]
const NOT_ASKED = -(2 ** 31)
/** CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS and IDEMPOTENT_WRITE. */
const ALL_OPERATIONS = 8096

describe('DescribeCluster', () => {
  test.each(VERSIONS)('version %i tells of the brokers, one of them the controller', async (version) => {
    await using cluster = await KafkaCluster.start({ brokers: [{ nodeId: 1, rack: 'a' }, { nodeId: 5 }] })
    const client = new WireClient(cluster.connect())
    const answer = await client.send(DescribeCluster, version, {})
    expect(answer).toMatchObject({
      errorCode: 0,
      errorMessage: null,
      endpointType: 1,
      clusterId: cluster.clusterId,
      clusterAuthorizedOperations: NOT_ASKED,
    })
    const ids = answer.brokers.map(({ brokerId, rack, isFenced }) => [brokerId, rack, isFenced])
    expect(ids).toEqual([
      [1, 'a', false],
      [5, null, false],
    ])
    expect(answer.brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(cluster.bootstrapServers)
    expect([1, 5]).toContain(answer.controllerId)
    client.close()
  })

  test.each(VERSIONS)('version %i tells what may be done to the cluster, when it is asked', async (version) => {
    await using cluster = await KafkaCluster.start()
    const client = new WireClient(cluster.connect())
    const answer = await client.send(DescribeCluster, version, { includeClusterAuthorizedOperations: true })
    expect(answer.clusterAuthorizedOperations).toBe(ALL_OPERATIONS)
    client.close()
  })

  test('tells of fenced brokers too, from version 2 on', async () => {
    await using cluster = await KafkaCluster.start()
    const client = new WireClient(cluster.connect())
    const { brokers } = await client.send(DescribeCluster, 2, { includeFencedBrokers: true })
    expect(brokers).toMatchObject([{ brokerId: 1, isFenced: false }])
    client.close()
  })

  test.each([1, 2])('version %i refuses to tell of controllers, and of what is neither', async (version) => {
    await using cluster = await KafkaCluster.start()
    const client = new WireClient(cluster.connect())
    const ask = async (endpointType: number) => {
      const { errorCode, errorMessage, brokers } = await client.send(DescribeCluster, version, { endpointType })
      expect(brokers).toEqual([])
      return [errorName(errorCode), errorMessage]
    }
    expect(await ask(2)).toEqual([
      'MISMATCHED_ENDPOINT_TYPE',
      'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER',
    ])
    expect(await ask(9)).toEqual(['UNSUPPORTED_ENDPOINT_TYPE', 'Unsupported endpoint type 9'])
    client.close()
  })
})
