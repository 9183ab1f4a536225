import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameAssembler, FrameLengthError } from '../../src/protocol/frame-assembler.ts'

const MAX = 1000

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

function drain(assembler: FrameAssembler): Buffer[] {
  const frames: Buffer[] = []
  for (let frame = assembler.next(); frame !== undefined; frame = assembler.next()) frames.push(frame)
  return frames
}

describe('the frame assembler', () => {
  test('gives the frames that were sent, however the bytes were cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 })
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(bodies, cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.map(framed))
        const assembler = new FrameAssembler(MAX)
        const received: Buffer[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] as number
          assembler.push(Buffer.from(stream.subarray(at, at + size)))
          received.push(...drain(assembler))
          at += size
        }
        expect(received).toEqual(sent.map((body) => Buffer.from(body)))
        expect(assembler.bufferedBytes).toBe(0)
      }),
    )
  })

  test('does not copy a frame that fills its chunk, and does not pin a chunk with a small one', () => {
    const large = framed(Buffer.alloc(500, 1))
    const assembler = new FrameAssembler(MAX)
    assembler.push(large)
    const view = assembler.next()
    large.fill(7)
    expect(view?.[0]).toBe(7)

    const many = Buffer.concat([framed(Buffer.from('small')), framed(Buffer.alloc(500, 2))])
    assembler.push(many)
    const copy = assembler.next()
    many.fill(7)
    expect(copy?.toString()).toBe('small')
  })

  test('refuses a length that is negative or above the limit before the frame has arrived', () => {
    const negative = new FrameAssembler(MAX)
    negative.push(Buffer.from([0xff, 0xff, 0xff, 0xff]))
    expect(() => negative.next()).toThrow(FrameLengthError)

    const large = new FrameAssembler(MAX)
    large.push(Buffer.from([0, 0, 3, 0xe9]))
    expect(() => large.next()).toThrow(/1001 bytes, more than socket.request.max.bytes=1000/)
  })
})
