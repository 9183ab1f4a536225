import { describe, expect, test } from 'vitest'
import { apiInfo } from '../../src/protocol/api-keys.ts'
import { apis } from '../../src/protocol/apis.ts'
import { decodeRequestHeader, decodeResponse, encodeRequest, encodeResponse } from '../../src/protocol/frame.ts'
import { ProtocolError } from '../../src/protocol/message.ts'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { ControlledShutdown } from '../../src/protocol/messages/controlled-shutdown.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'

const header = { correlationId: 7, clientId: 'test' }

/** What a connection hands on of a frame: everything behind the length, which must be true. */
function received(slices: Buffer[]): Buffer {
  const bytes = Buffer.concat(slices)
  expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
  return bytes.subarray(4)
}

describe('a request', () => {
  test('has header version 1 before its flexible versions and 2 from then on', () => {
    expect(
      received(encodeRequest(Metadata, 8, header, {}))
        .subarray(0, 14)
        .toString('hex'),
    ).toBe('0003000800000007000474657374')
    // The client id keeps its old encoding (KIP-482), then come the tags.
    expect(
      received(encodeRequest(Metadata, 9, header, {}))
        .subarray(0, 15)
        .toString('hex'),
    ).toBe('000300090000000700047465737400')
  })

  test('is read as it was written, from where its header ends', () => {
    const frame = received(
      encodeRequest(Metadata, 12, header, { topics: [{ name: 'orders' }], allowAutoTopicCreation: true }),
    )
    const { bodyOffset, ...read } = decodeRequestHeader(frame)
    expect(read).toEqual({ ...header, requestApiKey: 3, requestApiVersion: 12 })
    expect(Metadata.request.decode(frame, 12, bodyOffset).topics).toMatchObject([{ name: 'orders' }])
  })

  test('may come without a client id', () => {
    const frame = received(encodeRequest(Metadata, 9, { correlationId: 1, clientId: null }, {}))
    expect(decodeRequestHeader(frame).clientId).toBeNull()
  })

  test('of the first version of ControlledShutdown has no client id at all', () => {
    const frame = received(encodeRequest(ControlledShutdown, 0, { correlationId: 7, clientId: '' }, { brokerId: 1 }))
    expect(frame.toString('hex')).toBe('000700000000000700000001')
    expect(decodeRequestHeader(frame)).toMatchObject({ correlationId: 7, bodyOffset: 8 })
  })

  test('in a version that nobody knows still tells its header', () => {
    const frame = received(encodeRequest(ApiVersions, 3, header, {}))
    frame.writeInt16BE(999, 2)
    expect(decodeRequestHeader(frame)).toMatchObject({ requestApiVersion: 999, correlationId: 7, clientId: 'test' })
  })

  test('to an API that nobody knows is refused', () => {
    expect(() => decodeRequestHeader(Buffer.from('0400000000000007ffff', 'hex'))).toThrow(ProtocolError)
  })

  test('leaves its records where they are', () => {
    const records = [Buffer.from('first'), Buffer.from('second')]
    const slices = encodeRequest(Produce, 9, header, {
      acks: 1,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
    })
    expect(slices[1]).toBe(records[0])
    expect(slices[2]).toBe(records[1])
    const frame = received(slices)
    const { topicData } = Produce.request.decode(frame, 9, decodeRequestHeader(frame).bodyOffset)
    const [view] = topicData[0]?.partitionData[0]?.records ?? []
    expect(view?.toString()).toBe('firstsecond')
    expect(view?.buffer).toBe(frame.buffer)
  })
})

describe('a response', () => {
  test('has header version 1 in flexible versions', () => {
    expect(received(encodeResponse(Metadata, 8, 7, {})).readInt32BE(0)).toBe(7)
    expect(
      received(encodeResponse(Metadata, 9, 7, {}))
        .subarray(0, 5)
        .toString('hex'),
    ).toBe('0000000700')
  })

  test('to ApiVersions has header version 0 always, so that every client can read it', () => {
    const frame = received(encodeResponse(ApiVersions, 3, 7, { errorCode: 35 }))
    expect(frame.subarray(0, 6).toString('hex')).toBe('000000070023')
    expect(decodeResponse(ApiVersions, 3, frame).body.errorCode).toBe(35)
  })

  test('leaves its records where they are', () => {
    const records = [Buffer.from('a batch')]
    const partitions = [
      { partitionIndex: 0, records },
      { partitionIndex: 1, records },
    ]
    const slices = encodeResponse(Fetch, 11, 7, { responses: [{ topic: 'orders', partitions }] })
    expect(slices.filter((slice) => slice === records[0])).toHaveLength(2)
    const { correlationId, body } = decodeResponse(Fetch, 11, received(slices))
    expect(correlationId).toBe(7)
    expect(body.responses[0]?.partitions.map((partition) => String(partition.records?.[0]))).toEqual([
      'a batch',
      'a batch',
    ])
  })
})

test('the table of APIs says what their messages say', () => {
  expect([...apiInfo.keys()].sort((a, b) => a - b)).toEqual([...apis.keys()].sort((a, b) => a - b))
  for (const [key, api] of apis) {
    const { min, max } = api.versions
    expect(apiInfo.get(key)).toEqual({ name: api.name, min, max, flexibleFrom: api.request.flexibleFrom })
  }
})
