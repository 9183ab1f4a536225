import { describe, expect, expectTypeOf, test } from 'vitest'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import {
  KafkaResponse,
  kafka,
  type Passthrough,
  type RequestHandler,
  type RequestMatcher,
  respond,
} from '../../src/testing/index.ts'
import { start } from './fixture.ts'

describe('a resolver may be written', () => {
  /** What the compiler takes, in the ways in which people write it. */
  const ways: readonly (readonly [way: string, handler: RequestHandler])[] = [
    ['passthrough at once', kafka.metadata({}, ({ passthrough }) => passthrough())],
    ['passthrough from an async function', kafka.metadata({}, async ({ passthrough }) => passthrough())],
    ['passthrough in `respond`', respond(Metadata, async ({ passthrough }) => passthrough())],
    ['passthrough for every API', kafka.all({}, async ({ passthrough }) => passthrough())],
    [
      'one thing or another',
      kafka.metadata({}, async ({ version, passthrough }) => {
        if (version < 9) return KafkaResponse.drop()
        return version < 10 ? passthrough() : { clusterId: 'another' }
      }),
    ],
    ['nothing', kafka.metadata({}, () => {})],
    [
      'nothing, later',
      kafka.metadata({}, async ({ delay }) => {
        await delay(0)
      }),
    ],
    [
      'the answer of the broker, changed',
      kafka.metadata({}, async ({ perform }) => {
        const response = await perform()
        response?.brokers.reverse()
        return response
      }),
    ],
  ]

  test.each(ways)('%s', async (_, handler) => {
    const { cluster, client } = await start()
    cluster.use(handler)
    expect(await client.send(Metadata, 9, { topics: [] })).toMatchObject({ clusterId: cluster.clusterId })
  })
})

test('words are typed by their API', () => {
  expectTypeOf(kafka.metadata()).toEqualTypeOf<RequestMatcher>()
  kafka.produce({ acks: -1, topic: 'orders' }, ({ request, passthrough }) => {
    expectTypeOf(request.topicData).toBeArray()
    expectTypeOf(passthrough()).toEqualTypeOf<Passthrough>()
    return undefined
  })
  // @ts-expect-error a Heartbeat has no partitions to be looked for, and says so when it is made too
  expect(() => kafka.heartbeat({ acks: 1 })).toThrow(/kafka\.heartbeat: there is no 'acks'/)
  // @ts-expect-error the response of another API
  kafka.metadata({}, () => ({ coordinators: [] }))
  // @ts-expect-error a number is no answer
  kafka.metadata({}, () => 42)
})
