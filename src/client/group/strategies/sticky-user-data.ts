import { type Message, message, ProtocolError } from '../../../protocol/message.ts'
import { array, int32, string } from '../../../protocol/schema.ts'

/** What a member of an eager sticky group says that it had: Kafka's StickyAssignor, version 1 with the generation (KIP-341). */
interface StickyUserData {
  topics: { topic: string; partitions: number[] }[]
  generation: number
}

const StickyAssignorUserData: Message<StickyUserData> = message(
  { name: 'StickyAssignorUserData', versions: '0-1', flexible: 'none' },
  () => ({
    topics: array({ topic: string(), partitions: array(int32()) }),
    generation: int32('1+', { default: -1 }),
  }),
)

/** What a member of a cooperative sticky group says: the consumer protocol itself tells what it holds. */
const CooperativeStickyAssignorUserData: Message<{ generation: number }> = message(
  { name: 'CooperativeStickyAssignorUserData', versions: '0', flexible: 'none' },
  () => ({ generation: int32() }),
)

/** Partitions that a member had, and in which generation; null where it does not say. */
export interface Ownership {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  readonly generation: number | null
}

const NOTHING: Ownership = Object.freeze({ topics: [], generation: null })

export function encodeStickyUserData(assigned: ReadonlyMap<string, readonly number[]>, generation: number): Uint8Array {
  const topics = [...assigned].map(([topic, partitions]) => ({ topic, partitions: [...partitions] }))
  return StickyAssignorUserData.encode({ topics, generation }, 1)
}

/** Either version, told apart by its length as in Kafka. A member whose data makes no sense counts as having had nothing. */
export function decodeStickyUserData(bytes: Uint8Array | null): Ownership {
  if (bytes === null || bytes.length === 0) return NOTHING
  const latest = decode(StickyAssignorUserData, bytes, 1)
  if (latest !== null) return latest
  const first = decode(StickyAssignorUserData, bytes, 0)
  return first === null ? NOTHING : { topics: first.topics, generation: null }
}

export function encodeGeneration(generation: number): Uint8Array {
  return CooperativeStickyAssignorUserData.encode({ generation }, 0)
}

/** The generation, or null for what makes no sense. */
export function decodeGeneration(bytes: Uint8Array | null): number | null {
  if (bytes === null || bytes.length === 0) return null
  return decode(CooperativeStickyAssignorUserData, bytes, 0)?.generation ?? null
}

function decode<T>(type: Message<T>, bytes: Uint8Array, version: number): T | null {
  try {
    return type.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), version)
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
}
