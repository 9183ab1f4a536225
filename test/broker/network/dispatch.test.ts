import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handler } from '../../../src/broker/apis/handler.ts'
import { handlersByKey } from '../../../src/broker/apis/handlers.ts'
import type { Broker } from '../../../src/broker/broker.ts'
import { Events } from '../../../src/broker/events.ts'
import { Dispatch, type Handlers } from '../../../src/broker/network/dispatch.ts'
import { Interception } from '../../../src/broker/network/interception.ts'
import { ServedApis } from '../../../src/broker/served-versions.ts'
import { Waiting } from '../../../src/broker/waiting.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { HandlerList } from '../../../src/intercept/handler-list.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { decodeResponse, encodeRequest } from '../../../src/protocol/frame.ts'
import type { AnyApi } from '../../../src/protocol/message.ts'
import { ApiVersions } from '../../../src/protocol/messages/api-versions.ts'
import { ConsumerGroupHeartbeat } from '../../../src/protocol/messages/consumer-group-heartbeat.ts'
import { DeleteGroups } from '../../../src/protocol/messages/delete-groups.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { RequestHeader } from '../../../src/protocol/messages/request-header.ts'
import { everything } from '../../../src/protocol/release.ts'
import facts39 from '../../protocol/facts/apiversions-3.9.2.json' with { type: 'json' }
import facts44 from '../../protocol/facts/apiversions-4.4.0.json' with { type: 'json' }
import { WireClient } from '../../wire-client.ts'
import { BrokerRooms } from '../harness.ts'

let cluster: KafkaCluster

beforeAll(async () => {
  cluster = await KafkaCluster.start()
})
afterAll(() => cluster.stop())

const client = (): WireClient => new WireClient(cluster.connect())
const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' }

/** The frame of one request without a body, its length included: also of APIs and versions that are not there. */
function requestFrame(apiKey: number, version: number, headerVersion: 1 | 2 = 2): Buffer {
  const header = { requestApiKey: apiKey, requestApiVersion: version, correlationId: 7, clientId: 'test' }
  const bytes = Buffer.concat([Buffer.alloc(4), RequestHeader.encode(header, headerVersion)])
  bytes.writeInt32BE(bytes.length - 4)
  return bytes
}

/** How the broker ends a connection on which these bytes arrive. */
async function reasonOfClose(bytes: Buffer): Promise<string | undefined> {
  const { stream } = client()
  stream.on('error', () => {})
  stream.resume()
  const closed = new Promise<string | undefined>((resolve) => {
    const stop = cluster.events.on('connection:close', ({ reason }) => {
      stop()
      resolve(reason)
    })
  })
  stream.write(bytes)
  return closed
}

describe('ApiVersions', () => {
  test('shows of every API that is served the versions of Kafka 3.9 and 4.4 together', async () => {
    const { apiKeys } = await client().send(ApiVersions, 3, software)
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      const known = [facts39, facts44].flatMap((facts: Record<string, number[]>) => facts[apiKey] ?? [])
      expect([apiKey, minVersion, maxVersion]).toEqual([apiKey, Math.min(...known), Math.max(...known)])
    }
    expect(apiKeys.map(({ apiKey }) => apiKey).sort()).toEqual([...handlersByKey.keys()].sort())
  })

  test('in a version that is not known is answered in version 0 with the versions that are (KIP-511)', async () => {
    const { stream } = client()
    stream.write(requestFrame(ApiVersions.key, 99))
    const [bytes] = (await once(stream, 'data')) as [Buffer]
    const { correlationId, body } = decodeResponse(ApiVersions, 0, bytes.subarray(4))
    expect(correlationId).toBe(7)
    expect(body).toMatchObject({
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey: ApiVersions.key, minVersion: 0, maxVersion: 5 }],
    })
  })

  test('is answered with response header v0 in every version', async () => {
    for (let version = 0; version <= 5; version++) {
      expect((await client().send(ApiVersions, version, version >= 3 ? software : {})).errorCode).toBe(ErrorCode.NONE)
    }
  })

  test('wants the names of the software from version 3 on', async () => {
    const answer = await client().send(ApiVersions, 3, { clientSoftwareName: 'no spaces', clientSoftwareVersion: '1' })
    expect(answer.errorCode).toBe(ErrorCode.INVALID_REQUEST)
  })

  test('leaves out up to version 3 the features whose minimum is 0, and names as finalized what works', async () => {
    const names = (features: { name: string }[]) => features.map(({ name }) => name)
    const v3 = await client().send(ApiVersions, 3, software)
    expect(v3.supportedFeatures.every(({ minVersion }) => minVersion > 0)).toBe(true)
    const v4 = await client().send(ApiVersions, 4, software)
    expect(names(v4.finalizedFeatures).sort()).toEqual([
      'eligible.leader.replicas.version',
      'metadata.version',
      'transaction.version',
    ])
    expect(v4.finalizedFeaturesEpoch).toBeGreaterThanOrEqual(0)
  })

  test('checks in version 5 which cluster and node the client means (KIP-1242)', async () => {
    const ask = (clusterId: string | null, nodeId: number) =>
      client().send(ApiVersions, 5, { ...software, clusterId, nodeId })
    expect((await ask(cluster.clusterId, 1)).errorCode).toBe(ErrorCode.NONE)
    expect((await ask(cluster.clusterId, 2)).errorCode).toBe(ErrorCode.REBOOTSTRAP_REQUIRED)
    expect((await ask('another', 1)).errorCode).toBe(ErrorCode.REBOOTSTRAP_REQUIRED)
    expect((await ask('another', -1)).errorCode).toBe(ErrorCode.INVALID_REQUEST)
    expect((await ask(null, -1)).errorCode).toBe(ErrorCode.NONE)
  })
})

/** A body that is answered: what has no defaults that Kafka would answer is given. */
function answerable(api: string, version: number) {
  if (api === 'Produce') return { acks: 1 }
  if (api === 'ApiVersions' && version >= 3) return software
  // Kafka answers when the last transaction is dealt with, and so never where there is none.
  if (api === 'AddPartitionsToTxn' && version >= 4) return { transactions: [{ transactionalId: 'tx' }] }
  return {}
}

describe('a request', () => {
  test('of every API and version that is shown is understood', async () => {
    const { apiKeys } = await client().send(ApiVersions, 0, {})
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      const api = handlersByKey.get(apiKey)?.api as AnyApi
      for (let version = minVersion; version <= maxVersion; version++) {
        const answered = client().send(api, version, answerable(api.name, version))
        await expect(answered, `${api.name} v${version}`).resolves.toBeTypeOf('object')
      }
    }
  })

  test('may be followed by bytes that nobody knows', async () => {
    const { stream } = client()
    const frame = Buffer.concat([
      ...encodeRequest(Metadata, 13, { correlationId: 3, clientId: '' }, { topics: [] }),
      Buffer.alloc(3),
    ])
    frame.writeInt32BE(frame.length - 4)
    stream.write(frame)
    const [bytes] = (await once(stream, 'data')) as [Buffer]
    expect(decodeResponse(Metadata, 13, bytes.subarray(4)).correlationId).toBe(3)
  })

  test('with acks=0 is not answered, and the next one is', async () => {
    const wire = client()
    wire.post(Produce, 3, { acks: 0, topicData: [] })
    expect((await wire.send(ApiVersions, 0, {})).errorCode).toBe(ErrorCode.NONE)
  })

  test.each([
    ['of an API that Kafka never had', requestFrame(999, 0), /999/],
    [
      'of an API that is not served',
      requestFrame(ConsumerGroupHeartbeat.key, 0),
      /^client "test" sent ConsumerGroupHeartbeat v0, an API that is not served$/,
    ],
    ['of a version that is not served', requestFrame(Metadata.key, 99), /Metadata v99, a version that is not served/],
    ['that cannot be decoded', requestFrame(Metadata.key, 1, 1), /MetadataRequest v1/],
  ])('%s ends the connection, and no other', async (_, bytes, reason) => {
    const other = client()
    expect(await reasonOfClose(bytes)).toMatch(reason)
    expect((await other.send(ApiVersions, 0, {})).errorCode).toBe(ErrorCode.NONE)
  })
})

describe('a bug in the broker', () => {
  test.each([
    [
      'at once',
      () => {
        throw new TypeError('a bug')
      },
    ],
    [
      'after a wait',
      () =>
        Waiting.until<never>({
          on: [],
          ask: () => {
            throw new TypeError('a bug')
          },
        }),
    ],
  ])('is told of %s, and answered with UNKNOWN_SERVER_ERROR, as Kafka answers its own', (_, handle) => {
    const rooms = new BrokerRooms()
    const events = new Events()
    const told: unknown[] = []
    events.on('unhandledException', ({ error, request }) =>
      told.push([String(error), request.connectionId, request.api]),
    )
    const broken = handler(DeleteGroups, handle)
    const dispatch = new Dispatch({
      broker: Object.assign(rooms, {
        events,
        release: everything,
        served: new ServedApis(new Map([[broken.api.key, broken.api.versions]])),
      }) as unknown as Broker,
      handlers: new Map([[broken.api.key, broken]]) as Handlers,
      interception: new Interception(new HandlerList([]), events),
      endpointOf: () => undefined,
    })
    const header = { correlationId: 7, clientId: 'test' }
    const request = Buffer.concat(encodeRequest(DeleteGroups, 1, header, { groupsNames: ['g'] })).subarray(4)
    let answer: Buffer[] = []
    rooms.queue.turn(() =>
      rooms.queue.await(dispatch.request(request, { id: 'here', remoteHost: '', localHost: '' }), {
        done: ({ frames }) => {
          answer = [...frames]
        },
        failed: (error) => {
          throw error
        },
      }),
    )
    const { body } = decodeResponse(DeleteGroups, 1, Buffer.concat(answer).subarray(4))
    expect(body.results).toMatchObject([{ groupId: 'g', errorCode: ErrorCode.UNKNOWN_SERVER_ERROR }])
    expect(told).toEqual([['TypeError: a bug', 'here', 'DeleteGroups']])
  })
})
