import type { Corruption } from '../../intercept/kafka-response.ts'
import type { Random } from '../random.ts'
import { Waiting } from '../waiting.ts'

/** What goes back to the client. */
export interface Answered {
  /** What is written, in order; nothing where the request wants no answer. */
  readonly frames: readonly Buffer[]
  /** Why the connection is closed then. */
  readonly close?: string
  /** What is written later, before the next request is served. */
  readonly rest?: Waiting<Answered>
}

/** What happens to the bytes of an answer on their way. */
export type WireFault =
  | { readonly kind: 'frame' | 'garbage' }
  | { readonly kind: 'trickle'; readonly chunk: number; readonly delayMs: number }
  | { readonly kind: 'mute'; readonly ms: number }

const LENGTH_SIZE = 4

/** Has a fault happen to an answer that is ready to be written. */
export function faulty({ frames, close, rest }: Answered, fault: WireFault, random: Random): Answered {
  if (close !== undefined) return { frames, close }
  const whole = Buffer.concat(frames)
  switch (fault.kind) {
    case 'frame':
      return { frames: [whole.subarray(0, whole.length >> 1)], close: 'a handler cut the answer off' }
    case 'garbage':
      // As long as it says that it is: whoever reads it waits for no more.
      return { frames: [Buffer.concat([whole.subarray(0, LENGTH_SIZE), random.bytes(whole.length - LENGTH_SIZE)])] }
    case 'trickle':
      return piecemeal(whole, 0, fault.chunk, fault.delayMs)
    case 'mute':
      return { frames, rest: later(fault.ms, () => (rest === undefined ? { frames: [] } : { frames: [], rest })) }
  }
}

function piecemeal(whole: Buffer, from: number, chunk: number, delayMs: number): Answered {
  const end = Math.min(from + Math.max(1, Math.floor(chunk)), whole.length)
  const frames = [whole.subarray(from, end)]
  if (end === whole.length) return { frames }
  return { frames, rest: later(delayMs, () => piecemeal(whole, end, chunk, delayMs)) }
}

function later(afterMs: number, answer: () => Answered): Waiting<Answered> {
  return Waiting.until<Answered>({ on: [], ask: () => undefined, deadline: { afterMs, answer } })
}

const BATCH_LENGTH = 8
const BATCH_CRC = 17
/** Of message sets, before batches. */
const MESSAGE_CRC = 12
const MAGIC = 16

/** A copy of records with what is wrong with them; what is stored stays as it is. */
export function corrupted(records: readonly Buffer[], how: Corruption & ('crc' | 'truncated')): Buffer[] {
  const bytes = Buffer.concat(records)
  if (how === 'truncated') return [bytes.subarray(0, Math.max(0, bytes.length - TRUNCATED))]
  for (let at = 0; at + MAGIC < bytes.length; ) {
    const crc = at + ((bytes[at + MAGIC] as number) >= 2 ? BATCH_CRC : MESSAGE_CRC)
    if (crc < bytes.length) bytes[crc] = (bytes[crc] as number) ^ 0xff
    at += BATCH_LENGTH + 4 + bytes.readInt32BE(at + BATCH_LENGTH)
  }
  return [bytes]
}

/** How much of the last batch is missing: any record takes more. */
const TRUNCATED = 5
