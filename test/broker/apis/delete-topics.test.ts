import { describe, expect, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { DeleteTopics, type DeleteTopicsRequest } from '../../../src/protocol/messages/delete-topics.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { WireClient } from '../../wire-client.ts'

const BY_NAME = [0, 1, 2, 3, 4, 5]
const UNKNOWN_ID = 'AAAAAAAAQACAAAAAAAAAAQ'

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start({ topics: { a: {}, b: {}, c: {} }, ...options })
  const client = new WireClient(cluster.connect())
  return {
    client,
    /** Asks for a deletion, and tells of each topic its name, its error and the message. */
    remove: async (version: number, request: Input<DeleteTopicsRequest>) =>
      (await client.send(DeleteTopics, version, { timeoutMs: 1000, ...request })).responses.map(
        ({ name, errorCode, errorMessage }) => [name, errorName(errorCode), errorMessage],
      ),
    idOf: async (name: string): Promise<string> =>
      (await client.send(Metadata, 12, { topics: [{ name }] })).topics[0]?.topicId ?? '',
    names: async () => (await client.send(Metadata, 12, { topics: null })).topics.map(({ name }) => name),
    [Symbol.asyncDispose]: async () => {
      client.close()
      await cluster.stop()
    },
  }
}

describe('DeleteTopics', () => {
  test.each(BY_NAME)('version %i deletes topics by name', async (version) => {
    await using cluster = await start()
    const messages = version === 5
    expect(await cluster.remove(version, { topicNames: ['a', 'nosuch'] })).toEqual([
      ['nosuch', 'UNKNOWN_TOPIC_OR_PARTITION', messages ? 'This server does not host this topic-partition.' : null],
      ['a', 'NONE', null],
    ])
    expect(await cluster.names()).toEqual(['b', 'c'])
  })

  test('version 6 deletes topics by name or by id', async () => {
    await using cluster = await start()
    const topicId = await cluster.idOf('b')
    expect(await cluster.remove(6, { topics: [{ name: 'a' }, { name: null, topicId }] })).toEqual([
      ['b', 'NONE', null],
      ['a', 'NONE', null],
    ])
    expect(await cluster.names()).toEqual(['c'])
  })

  test('makes the id of the topic unknown, and its name free', async () => {
    await using cluster = await start()
    const topicId = await cluster.idOf('a')
    await cluster.remove(6, { topics: [{ name: 'a' }] })
    const { topics } = await cluster.client.send(Metadata, 12, { topics: [{ topicId, name: null }] })
    expect(topics).toMatchObject([{ topicId, name: null, errorCode: 100 }])
    expect(await cluster.idOf('a')).not.toBe(topicId)
  })

  test('refuses what is named twice, by neither name nor id, or by both', async () => {
    await using cluster = await start()
    const topicId = await cluster.idOf('c')
    expect(
      await cluster.remove(6, {
        topics: [
          { name: 'a' },
          { name: 'a' },
          { name: null },
          { name: 'b', topicId: await cluster.idOf('b') },
          { name: 'c' },
          { name: null, topicId },
          { name: null, topicId: UNKNOWN_ID },
        ],
      }),
    ).toEqual([
      [null, 'INVALID_REQUEST', 'Neither topic name nor id were specified.'],
      ['b', 'INVALID_REQUEST', 'You may not specify both topic name and topic id.'],
      ['a', 'INVALID_REQUEST', 'Duplicate topic name.'],
      [null, 'UNKNOWN_TOPIC_ID', 'This server does not host this topic ID.'],
      ['c', 'INVALID_REQUEST', 'The provided topic name maps to an ID that was already supplied.'],
    ])
    expect(
      await cluster.remove(6, { topics: [{ name: null, topicId }, { name: null, topicId }, { name: 'c' }] }),
    ).toEqual([
      [null, 'INVALID_REQUEST', 'Duplicate topic id.'],
      ['c', 'INVALID_REQUEST', 'The provided topic name maps to an ID that was already supplied.'],
    ])
    expect(await cluster.names()).toEqual(['a', 'b', 'c'])
  })

  test.each([0, 1, 2, 3, 4, 5, 6])('version %i is refused where topics cannot be deleted', async (version) => {
    await using cluster = await start({ config: { 'delete.topic.enable': 'false' } })
    const request = version < 6 ? { topicNames: ['a'] } : { topics: [{ name: 'a' }] }
    expect(await cluster.remove(version, request)).toEqual([
      ['a', version < 3 ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED', null],
    ])
  })

  test('does not begin when there is no time at all', async () => {
    await using cluster = await start()
    expect(await cluster.remove(6, { topics: [{ name: 'a' }], timeoutMs: 0 })).toEqual([
      ['a', 'REQUEST_TIMED_OUT', null],
    ])
    // What is refused before the controller is asked needs no time.
    const twice = [{ name: 'a' }, { name: 'a' }]
    expect(await cluster.remove(6, { topics: twice, timeoutMs: 0 })).toEqual([
      ['a', 'INVALID_REQUEST', 'Duplicate topic name.'],
    ])
    expect(await cluster.names()).toEqual(['a', 'b', 'c'])
  })
})
