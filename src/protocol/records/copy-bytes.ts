/** Up to so many bytes a loop is quicker than a call into the engine. */
const SHORT = 64

/** Copies `length` bytes; the caller has seen that they are there. */
export function copyBytes(source: Buffer, from: number, target: Buffer, to: number, length: number): void {
  if (length > SHORT) {
    source.copy(target, to, from, from + length)
    return
  }
  for (let i = 0; i < length; i++) target[to + i] = source[from + i] as number
}

/**
 * Writes `length` bytes at `to` that are those `offset` bytes before: where the two overlap, what was just written is
 * read again. This is what a match says in the formats of the Lempel-Ziv family.
 */
export function repeatBytes(target: Buffer, to: number, offset: number, length: number): void {
  if (length <= SHORT) {
    for (let i = to, end = to + length; i < end; i++) target[i] = target[i - offset] as number
    return
  }
  // What is there already is doubled until it is long enough.
  let written = Math.min(offset, length)
  target.copyWithin(to, to - offset, to - offset + written)
  while (written < length) {
    const part = Math.min(written, length - written)
    target.copyWithin(to + written, to, to + part)
    written += part
  }
}

/**
 * An empty table of positions for finding matches in `length` bytes: as many slots as there are bytes, within limits, because to clear
 * more of them would take longer than to compress a few.
 */
export function matchTable(length: number): Uint16Array {
  return new Uint16Array(1 << Math.min(13, Math.max(8, 32 - Math.clz32(length))))
}
