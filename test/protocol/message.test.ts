import { describe, expect, test } from 'vitest'
import { type Input, type Message, message, ProtocolError } from '../../src/protocol/message.ts'
import { ApiVersions, type ApiVersionsRequest } from '../../src/protocol/messages/api-versions.ts'
import { BrokerHeartbeat } from '../../src/protocol/messages/broker-heartbeat.ts'
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Heartbeat } from '../../src/protocol/messages/heartbeat.ts'
import { ListOffsets } from '../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { int8 } from '../../src/protocol/schema.ts'

function refusal(action: () => unknown): ProtocolError {
  try {
    action()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('what cannot be read', () => {
  test('says which message and version, where in it, and at which byte', () => {
    const bytes = Metadata.request.encode({ topics: [{ name: 'a' }, { name: 'orders' }] }, 1)
    const error = refusal(() => Metadata.request.decode(bytes.subarray(0, bytes.length - 2), 1))
    expect(error).toMatchObject({ messageName: 'MetadataRequest', version: 1, path: 'topics[1].name', offset: 9 })
    expect(error.message).toBe('MetadataRequest v1, topics[1].name at byte 9: needs 6 bytes, has 4')
  })

  test('an array longer than the bytes left', () => {
    const error = refusal(() => Metadata.request.decode(Buffer.from('7fffffff0000', 'hex'), 1))
    expect(error).toMatchObject({ path: 'topics', offset: 0, reason: '2147483647 elements in 2 bytes' })
    // In 40 bytes there is no room for ten partitions, each of which takes at least eight.
    const partitions = Buffer.concat([Buffer.from('ffffffff0000000100016100000' + '00a', 'hex'), Buffer.alloc(40)])
    expect(refusal(() => ListOffsets.request.decode(partitions, 1)).path).toBe('topics[0].partitions')
  })

  test('null where the version has no null', () => {
    const error = refusal(() => Metadata.request.decode(Buffer.from('ffffffff', 'hex'), 0))
    expect(error).toMatchObject({ path: 'topics', offset: 0 })
    expect(Metadata.request.decode(Buffer.from('ffffffff', 'hex'), 1).topics).toBeNull()
  })

  test('a string longer than Kafka allows', () => {
    const bytes = Buffer.concat([Buffer.from('818002', 'hex'), Buffer.alloc(40000, 'x')])
    expect(refusal(() => ApiVersions.request.decode(bytes, 3))).toMatchObject({ reason: 'a string of 32768 bytes' })
  })

  test('more tagged fields than the bytes left can hold', () => {
    expect(refusal(() => ApiVersions.request.decode(Buffer.from('0101ffffffff07', 'hex'), 3)).reason).toMatch(
      /tagged fields/,
    )
  })

  test('a tagged field that is not as long as it says', () => {
    const bytes = BrokerHeartbeat.request.encode({ offlineLogDirs: ['BBBBBBBBBBBBBBBBBBBBBA'] }, 1)
    bytes[bytes.length - 18] = 18
    expect(refusal(() => BrokerHeartbeat.request.decode(Buffer.concat([bytes, Buffer.alloc(1)]), 1)).path).toBe(
      'offlineLogDirs',
    )
  })

  test('a version that there never was', () => {
    expect(refusal(() => Fetch.request.decode(Buffer.alloc(100), 99)).reason).toBe('there is no such version')
    expect(refusal(() => Fetch.request.encode({}, -1)).reason).toBe('there is no such version')
  })

  test('bytes behind the message, unless they are to be ignored as Kafka ignores them', () => {
    const bytes = Buffer.concat([Heartbeat.response.encode({}, 0), Buffer.from('more')])
    expect(refusal(() => Heartbeat.response.decode(bytes, 0))).toMatchObject({ offset: 2, reason: '4 bytes too many' })
    expect(Heartbeat.response.decode(bytes, 0, 0, 'ignore').errorCode).toBe(0)
    expect(Heartbeat.response.decodePart(bytes, 0, 0).end).toBe(2)
  })
})

describe('what cannot be written', () => {
  test.each<[string, () => unknown, Partial<ProtocolError>]>([
    ['a number out of range', () => Heartbeat.response.encode({ errorCode: 70000 }, 0), { path: 'errorCode' }],
    ['a broken number', () => Heartbeat.request.encode({ generationId: 1.5 }, 0), { path: 'generationId' }],
    ['null where the version has no null', () => Metadata.request.encode({ topics: null }, 0), { path: 'topics' }],
    [
      'a string too long for Kafka',
      () => FindCoordinator.request.encode({ key: 'x'.repeat(32768) }, 0),
      { path: 'key' },
    ],
    [
      'a UUID that is none',
      () => Metadata.request.encode({ topics: [{ topicId: 'x' }] }, 12),
      { path: 'topics[0].topicId' },
    ],
    [
      'a field that the version lacks',
      () => CreateTopics.request.encode({ validateOnly: true }, 0),
      { path: 'validateOnly' },
    ],
  ])('%s', (_, action, expected) => {
    expect(refusal(action)).toMatchObject({ ...expected, offset: undefined })
  })
})

test('what is left out, or undefined, is written as its default', () => {
  const given: Input<ApiVersionsRequest> = { clientSoftwareName: undefined }
  expect(ApiVersions.request.encode(given, 5)).toEqual(ApiVersions.request.encode({}, 5))
  expect(ApiVersions.request.decode(ApiVersions.request.encode({}, 5), 5)).toEqual({
    clientSoftwareName: '',
    clientSoftwareVersion: '',
    clusterId: null,
    nodeId: -1,
  })
})

test('a field that the version lacks is read as its default', () => {
  expect(FindCoordinator.request.decode(FindCoordinator.request.encode({ key: 'g' }, 0), 0)).toEqual({
    key: 'g',
    keyType: 0,
    coordinatorKeys: [],
  })
})

test('an int64 beyond the safe integers is clamped to them', () => {
  const bytes = ListOffsets.request.encode({ topics: [{ name: 't', partitions: [{ timestamp: -1 }] }] }, 1)
  const timestamp = (hex: string) => {
    bytes.write(hex, bytes.length - 8, 'hex')
    return ListOffsets.request.decode(bytes, 1).topics[0]?.partitions[0]?.timestamp
  }
  expect(timestamp('7fffffffffffffff')).toBe(Number.MAX_SAFE_INTEGER)
  expect(timestamp('0020000000000000')).toBe(Number.MAX_SAFE_INTEGER)
  expect(timestamp('001fffffffffffff')).toBe(Number.MAX_SAFE_INTEGER)
  expect(timestamp('001ffffffffffffe')).toBe(Number.MAX_SAFE_INTEGER - 1)
  expect(timestamp('8000000000000000')).toBe(Number.MIN_SAFE_INTEGER)
  expect(timestamp('ffe0000000000000')).toBe(Number.MIN_SAFE_INTEGER)
  expect(timestamp('ffe0000000000001')).toBe(Number.MIN_SAFE_INTEGER)
  expect(timestamp('fffffffffffffffe')).toBe(-2)
})

test('broken UTF-8 becomes U+FFFD, as in Java', () => {
  const bytes = FindCoordinator.request.encode({ key: 'abc' }, 0)
  bytes[3] = 0xff
  expect(FindCoordinator.request.decode(bytes, 0).key).toBe('a\ufffdc')
})

describe('unknown tagged fields', () => {
  const unknownTaggedFields = [
    { tag: 0, data: Buffer.from('zero') },
    { tag: 300, data: Buffer.from('three hundred') },
  ]

  test('are kept, in every struct, and written again in their place', () => {
    const value = { topics: [{ name: 't', unknownTaggedFields }], unknownTaggedFields }
    const bytes = Metadata.request.encode(value, 9)
    expect(Metadata.request.decode(bytes, 9)).toMatchObject(value)
    expect(Metadata.request.encode(Metadata.request.decode(bytes, 9), 9)).toEqual(bytes)
  })

  test('stand between the known ones, by their tags', () => {
    const gap: Message<{ first: number; last: number }> = message(
      { name: 'Gap', versions: '0', flexible: '0+' },
      () => ({ first: int8({ tag: 0, tagged: '0+' }), last: int8({ tag: 5, tagged: '0+' }) }),
    )
    const unknownTaggedFields = [
      { tag: 1, data: Buffer.from([11]) },
      { tag: 9, data: Buffer.from([99]) },
    ]
    const value = { first: 1, last: 5, unknownTaggedFields }
    const bytes = gap.encode(value, 0)
    expect(bytes.toString('hex')).toBe('04' + '000101' + '01010b' + '050105' + '090163')
    expect(gap.decode(bytes, 0)).toEqual(value)
  })

  test('are refused where another version has given the tag a meaning, as Kafka refuses them', () => {
    const bytes = BrokerHeartbeat.request.encode({ unknownTaggedFields: [{ tag: 5, data: Buffer.from('x') }] }, 1)
    expect(bytes.subarray(-3).toString('hex')).toBe('050178')
    bytes[bytes.length - 3] = 1
    expect(refusal(() => BrokerHeartbeat.request.decode(bytes, 1)).reason).toBe('tag 1 is none of this version')
    bytes[bytes.length - 3] = 2
    expect(BrokerHeartbeat.request.decode(bytes, 1)).toMatchObject({ unknownTaggedFields: [{ tag: 2 }] })
  })

  test('are refused out of order, twice, with the tag of a known one, and where there are no tags', () => {
    const encode = (tags: number[], version = 1) =>
      BrokerHeartbeat.request.encode(
        { unknownTaggedFields: tags.map((tag) => ({ tag, data: Buffer.from('x') })) },
        version,
      )
    expect(() => encode([5, 7])).not.toThrow()
    expect(refusal(() => encode([7, 5])).reason).toMatch(/after/)
    expect(refusal(() => encode([5, 5])).reason).toMatch(/after/)
    expect(refusal(() => encode([0])).reason).toMatch(/not unknown/)
    expect(refusal(() => encode([1])).reason).toMatch(/not unknown/)
    expect(refusal(() => Metadata.request.encode({ unknownTaggedFields }, 8)).reason).toMatch(/no tagged fields/)
  })
})

test('a schema tells what its fields name, and which of them carry errors', () => {
  expect(FindCoordinator.response.fields.nodeId?.entity).toBe('brokerId')
  expect(FindCoordinator.response.fields.errorCode?.errorCode).toBe(true)
  expect(Metadata.request.fields.topics?.element?.fields?.name?.entity).toBe('topicName')
  expect(Fetch.response.fields.responses?.element?.fields?.partitions?.element?.fields?.errorCode?.errorCode).toBe(true)
})

describe('a list that a message tells of several things', () => {
  const configs = [{ name: 'cleanup.policy', value: 'delete' }, { name: 'retention.ms' }]

  test('travels with each of them', () => {
    const topics = ['a', 'b', 'c'].map((name) => ({ name, configs }))
    const apart = topics.map((topic) => ({ ...topic, configs: [...configs] }))
    for (const version of [5, 7]) {
      const bytes = CreateTopics.response.encode({ topics }, version)
      expect(bytes).toEqual(CreateTopics.response.encode({ topics: apart }, version))
      expect(CreateTopics.response.size({ topics }, version)).toBe(bytes.length)
    }
  })

  test('travels with each of them when it has records in it, or is another kind of list elsewhere', () => {
    const partitions = [
      { partitionIndex: 1, records: [Buffer.from('a batch')] },
      { partitionIndex: 2, records: [] },
    ]
    const responses = ['a', 'b'].map((topic) => ({ topic, partitions }))
    const apart = responses.map((response) => ({ ...response, partitions: [...partitions] }))
    const bytes = Fetch.response.encode({ responses: apart }, 12)
    expect(Fetch.response.encode({ responses }, 12)).toEqual(bytes)
    expect(Buffer.concat(Fetch.response.encodeSlices({ responses }, 12))).toEqual(bytes)
    expect(Buffer.concat(Fetch.response.encodeSlices({ responses }, 4))).toEqual(
      Fetch.response.encode({ responses: apart }, 4),
    )

    const nodes = [1, 2]
    const both = {
      topics: [{ name: 'a', partitions: [{ replicaNodes: nodes, isrNodes: nodes, offlineReplicas: nodes }] }],
    }
    expect(Metadata.response.decode(Metadata.response.encode(both, 9), 9).topics[0]?.partitions[0]).toMatchObject({
      replicaNodes: nodes,
      isrNodes: nodes,
      offlineReplicas: nodes,
    })
  })
})
