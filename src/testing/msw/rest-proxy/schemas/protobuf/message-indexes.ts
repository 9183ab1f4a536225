/** Which message of a file a record is: its place among the messages, and among those in it, and so on. */
export type MessageIndexes = readonly number[]

/** The first one of all takes a single zero. Numbers are zigzag varints, as Kafka's own. */
export function writeIndexes(indexes: MessageIndexes): Buffer {
  const isFirst = indexes.length === 1 && indexes[0] === 0
  const numbers = isFirst ? [0] : [indexes.length, ...indexes]
  return Buffer.from(numbers.flatMap(varint))
}

/** @throws Error for what are none */
export function readIndexes(bytes: Buffer): readonly [MessageIndexes, rest: Buffer] {
  let at = 0
  const next = (): number => {
    let raw = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) break
      raw += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
    }
    throw new Error('the indexes of the message are cut off')
  }
  const count = next()
  if (count < 0 || count > bytes.length) throw new Error(`there are no ${count} indexes of a message`)
  const indexes = count === 0 ? [0] : Array.from({ length: count }, next)
  return [indexes, bytes.subarray(at)]
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return [...bytes, rest]
}
