import { describe, expect, test } from 'vitest'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'
import { start } from './fixture.ts'

describe('a resolver that gives what is no answer', () => {
  test.each([
    [
      () => 42,
      /the resolver gave 42: it gives a KafkaResponse, the fields of a Metadata response, passthrough\(\), or/,
    ],
    [() => null, /the resolver gave null/],
    [() => 'NOT_COORDINATOR', /the resolver gave 'NOT_COORDINATOR'/],
    [() => Symbol('other'), /the resolver gave Symbol\(other\)/],
    [() => [], /the resolver gave \[\]/],
    [() => new Error('returned, not thrown'), /the resolver gave .*Error: returned, not thrown/s],
    [() => Response.json({}), /the resolver gave Response/],
    [() => KafkaResponse, /the resolver gave \[class KafkaResponse\]/],
    [async () => 42, /the resolver gave 42/],
    [() => ({ topicz: [] }), /a response with 'topicz', which no Metadata response has, topics is meant\?/],
    [
      () => ({ coordinators: [] }),
      /a response with 'coordinators', which no Metadata response has; it has throttleTime/,
    ],
    [() => KafkaResponse.response({ groups: [] } as never), /with 'groups', which no Metadata response has/],
    [() => ({ controllerId: 'one' }), /controllerId/],
    [() => ({ topics: [{ partitions: 3 }] }), /topics/],
  ])('%s', async (resolver, message) => {
    const { cluster, client, connect } = await start()
    const told = new Promise<{ error: unknown; handler?: { madeAt: string; description: string } }>((resolve) => {
      cluster.events.on('unhandledException', resolve)
    })
    const remove = cluster.use(kafka.metadata({ clientId: 'test' }, resolver as never))
    await expect(client.send(Metadata, 9, { topics: [] }, 'test')).rejects.toThrow(/closed/)
    const { error, handler } = await told
    expect(String(error)).toMatch(message)
    expect(handler?.description).toBe("kafka.metadata({ clientId: 'test' })")
    expect(handler?.madeAt).toMatch(/mistakes\.test\.ts:\d+:\d+$/)
    remove()
    expect((await connect().send(Metadata, 9, { topics: [] })).clusterId).toBe(cluster.clusterId)
  })
})

describe('a mistake in a predicate', () => {
  test.each([
    [() => kafka.produce({ topc: 'orders' } as never), /there is no 'topc', topic is meant\?/],
    [() => kafka.fetch({ partion: 0 } as never), /there is no 'partion', partition is meant\?/],
    [() => kafka.joinGroup({ groupp: 'billing' } as never), /there is no 'groupp', group is meant\?/],
    [() => kafka.all({ clientID: 'billing' } as never), /there is no 'clientID', clientId is meant\?/],
    [() => kafka.heartbeat({ topic: 'orders' }), /a Heartbeat request tells no topic; it tells group, member/],
    [() => kafka.initProducerId({ group: 'billing' }), /tells no group; it tells transactionalId/],
    [() => kafka.apiVersions({ topic: 'orders' }), /tells no topic; it tells nothing of the kind/],
    [() => KafkaResponse.error('REBALANCE_IN_PROGRES' as never), /REBALANCE_IN_PROGRESS is meant\?/],
    [() => KafkaResponse.throttle(0.5), /throttle: ms is a whole number from 0 on, not 0\.5/],
    [
      () => (kafka as never as { joinGrup(): void }).joinGrup(),
      /kafka\.joinGrup: there is no such API; kafka\.joinGroup/,
    ],
  ])('%s', (mistake, message) => {
    expect(mistake).toThrow(message)
  })
})
