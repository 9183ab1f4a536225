import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apis } from '../../src/protocol/apis.ts'
import { defaultTest } from '../../src/protocol/defaults.ts'
import { decodeRequestHeader, decodeResponse, encodeRequest, encodeResponse } from '../../src/protocol/frame.ts'
import type { Message } from '../../src/protocol/message.ts'
import { ProtocolError } from '../../src/protocol/message.ts'
import { hasVersion } from '../../src/protocol/schema.ts'
import { ZERO_UUID } from '../../src/protocol/uuid.ts'
import { allVersions } from './all-messages.ts'
import { arbitraryMessage } from './arbitraries.ts'

const byMessage = new Map<Message<object>, number[]>()
for (const [message, version] of allVersions) byMessage.set(message, [...(byMessage.get(message) ?? []), version])
const messages = [...byMessage].map(([message, versions]) => [message.name, message, versions] as const)

/** What decoding throws, which must be a ProtocolError, or undefined. */
function failure(decode: () => unknown): ProtocolError | undefined {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return error
  }
  return undefined
}

/** How much a decoded value holds that its schema did not give it: elements, characters, bytes. */
function weight(value: unknown): number {
  if (value === ZERO_UUID) return 0
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (value instanceof Buffer) return value.length
  if (Array.isArray(value)) return value.reduce((sum: number, element) => sum + 1 + weight(element), 0)
  if (typeof value === 'object' && value !== null)
    return Object.values(value).reduce((sum: number, field) => sum + weight(field), 0)
  return 0
}

describe('every version of every message', () => {
  test.each(messages)(
    '%s: what was written is read again, and takes the size that was told',
    (_, message, versions) => {
      for (const version of versions) {
        fc.assert(
          fc.property(arbitraryMessage(message, version), (value) => {
            const bytes = message.encode(value, version)
            expect(message.decode(bytes, version)).toEqual(value)
            expect(message.size(value, version)).toBe(bytes.length)
            expect(Buffer.concat(message.encodeSlices(value, version)).equals(bytes)).toBe(true)
          }),
          { numRuns: 12 },
        )
      }
    },
  )

  test.each(messages)('%s: whatever is cut off, the rest is refused', (_, message, versions) => {
    for (const version of versions) {
      fc.assert(
        fc.property(arbitraryMessage(message, version), fc.nat(), (value, seed) => {
          const bytes = message.encode(value, version)
          // All cuts of a short message; of a long one, some that lie anywhere.
          const step = 1 + Math.floor(bytes.length / 64)
          for (let length = seed % step; length < bytes.length; length += step) {
            const error = failure(() => message.decode(bytes.subarray(0, length), version))
            expect(error, `cut to ${length} of ${bytes.length} bytes`).toBeInstanceOf(ProtocolError)
          }
        }),
        { numRuns: 3 },
      )
    }
  })

  test.each(messages)('%s: no bytes do any harm', (_, message, versions) => {
    const version = fc.constantFrom(...versions)
    const noise = fc.tuple(
      version,
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    )
    // A valid message in which a few bytes were overwritten reaches deeper than noise does.
    const damaged = version.chain((chosen) =>
      fc
        .tuple(
          arbitraryMessage(message, chosen),
          fc.array(fc.tuple(fc.nat(), arbitraryByte), { minLength: 1, maxLength: 4 }),
        )
        .map(([value, changes]) => {
          const bytes = message.encode(value, chosen)
          for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte
          return [chosen, bytes] as [number, Buffer]
        }),
    )
    fc.assert(
      fc.property(fc.oneof(noise, damaged), ([chosen, bytes]) => {
        failure(() => {
          const value = message.decode(bytes, chosen)
          // A byte of broken UTF-8 becomes the three of U+FFFD.
          expect(weight(value)).toBeLessThanOrEqual(
            3 * bytes.length + weight(message.decode(message.encode({}, chosen), chosen)),
          )
        })
      }),
      { numRuns: 40 },
    )
  })
})

describe('a value of a field that the version lacks', () => {
  const cases = messages.flatMap(([name, message, versions]) =>
    Object.entries(message.fields).flatMap(([field, schema]) => {
      const lacking = versions.filter((version) => !hasVersion(schema.versions, version))
      return lacking.length === 0 ? [] : [{ name, field, schema, message, lacking }]
    }),
  )

  test.each(cases)('$name.$field', ({ field, schema, message, lacking }) => {
    const last = message.versions.max
    const somewhere = Math.min(last, schema.versions.max)
    const value = arbitraryMessage(message, somewhere, { unknownTags: false }).map(
      (whole) => (whole as { [name: string]: unknown })[field],
    )
    fc.assert(
      fc.property(value, fc.constantFrom(...lacking), (given, version) => {
        const error = failure(() => message.encode({ [field]: given }, version))
        if (schema.ignorable || defaultTest(schema)(given)) {
          expect(message.encode({ [field]: given }, version)).toEqual(message.encode({}, version))
        } else {
          expect(error?.path).toBe(field)
        }
      }),
      { numRuns: 10 },
    )
  })
})

const arbitraryByte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255))

test('no bytes harm the reading of a request header', () => {
  fc.assert(
    fc.property(fc.nat(95), fc.nat(15), fc.uint8Array({ maxLength: 40 }), (key, version, rest) => {
      failure(() => decodeRequestHeader(Buffer.concat([Buffer.from([0, key, 0, version]), rest])))
      failure(() => decodeRequestHeader(Buffer.from(rest)))
    }),
    { numRuns: 2000 },
  )
})

const requests = fc
  .constantFrom(...apis.values())
  .chain((api) =>
    fc
      .integer(api.versions)
      .chain((version) =>
        fc.tuple(
          fc.constant(api),
          fc.constant(version),
          arbitraryMessage(api.request, version),
          arbitraryMessage(api.response, version),
        ),
      ),
  )

test('a frame is read as it was written, and refused wherever it is cut', () => {
  fc.assert(
    fc.property(
      requests,
      fc.integer(),
      fc.string({ maxLength: 8 }),
      ([api, version, request, response], correlationId, clientId) => {
        const asked = Buffer.concat(encodeRequest(api, version, { correlationId, clientId }, request)).subarray(4)
        const readRequest = (frame: Buffer) => {
          const header = decodeRequestHeader(frame)
          return { header, body: api.request.decode(frame, version, header.bodyOffset) }
        }
        const { header, body } = readRequest(asked)
        expect(header).toMatchObject({ requestApiKey: api.key, requestApiVersion: version, correlationId })
        expect(body).toEqual(request)
        const answered = Buffer.concat(encodeResponse(api, version, correlationId, response)).subarray(4)
        expect(decodeResponse(api, version, answered)).toEqual({ correlationId, body: response })
        for (let length = 0; length < asked.length; length += 1 + (length >> 5)) {
          expect(failure(() => readRequest(asked.subarray(0, length)))).toBeInstanceOf(ProtocolError)
        }
        for (let length = 0; length < answered.length; length += 1 + (length >> 5)) {
          expect(failure(() => decodeResponse(api, version, answered.subarray(0, length)))).toBeInstanceOf(
            ProtocolError,
          )
        }
      },
    ),
    { numRuns: 300 },
  )
})
