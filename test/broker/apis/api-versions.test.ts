import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { decodeResponse } from '../../../src/protocol/frame.ts'
import { ApiVersions, type ApiVersionsResponse } from '../../../src/protocol/messages/api-versions.ts'
import { CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { RequestHeader } from '../../../src/protocol/messages/request-header.ts'
import { WireClient } from '../../wire-client.ts'

const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' }

/** How a cluster that passes for this release answers ApiVersions in a version that no release has. */
async function answerToUnknownVersion(version: string): Promise<ApiVersionsResponse> {
  await using cluster = await KafkaCluster.start({ version })
  const header = { requestApiKey: ApiVersions.key, requestApiVersion: 99, correlationId: 7, clientId: 'test' }
  const frame = Buffer.concat([Buffer.alloc(4), RequestHeader.encode(header, 2)])
  frame.writeInt32BE(frame.length - 4)
  const { stream } = new WireClient(cluster.connect())
  stream.write(frame)
  const [bytes] = (await once(stream, 'data')) as [Buffer]
  return decodeResponse(ApiVersions, 0, bytes.subarray(4)).body
}

describe('ApiVersions of a release', () => {
  test.each(['0.10.0', '1.1', '2.3'])(
    'tells nobody who asks in an unknown version which there are: %s',
    async (version) => {
      expect(await answerToUnknownVersion(version)).toMatchObject({
        errorCode: ErrorCode.UNSUPPORTED_VERSION,
        apiKeys: [],
      })
    },
  )

  test.each([
    ['2.4', 3],
    ['3.9', 4],
    ['4.4', 5],
  ])('tells who asks in an unknown version which there are (KIP-511): %s', async (version, maxVersion) => {
    expect(await answerToUnknownVersion(version)).toMatchObject({
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey: ApiVersions.key, minVersion: 0, maxVersion }],
    })
  })

  test.each([
    ['2.4', -1],
    ['2.6', -1],
    ['2.7', 0],
    ['2.8', 0],
    ['3.2', 0],
  ])(
    'has no features before KRaft, and the epoch of such as were never changed from 2.7 on (KIP-584): %s',
    async (version, epoch) => {
      await using cluster = await KafkaCluster.start({ version, topics: { some: {} } })
      const answer = await new WireClient(cluster.connect()).send(ApiVersions, 3, software)
      expect(answer).toMatchObject({ supportedFeatures: [], finalizedFeatures: [], finalizedFeaturesEpoch: epoch })
    },
  )

  test('has in KRaft the epoch of the metadata that the broker has', async () => {
    await using cluster = await KafkaCluster.start({ version: '3.3' })
    const client = new WireClient(cluster.connect())
    const epoch = async () => (await client.send(ApiVersions, 3, software)).finalizedFeaturesEpoch
    const before = await epoch()
    expect(before).toBeGreaterThan(0)
    await client.send(CreateTopics, 5, {
      topics: [{ name: 'some', numPartitions: 1, replicationFactor: 1 }],
      timeoutMs: 1000,
    })
    expect(await epoch()).toBeGreaterThan(before)
  })
})
