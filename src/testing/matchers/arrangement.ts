/** Whether the record at this place of its partition is the one expected at that place of the list. */
type Fits = (expected: number, partition: number, place: number) => boolean

/**
 * Whether what is expected is there in its order, as far as Kafka keeps one: within a partition records stand as they are listed, while those of
 * several partitions may lie between each other in any way.
 *
 * @param lengths how many records each partition has, as many in all as are expected
 */
export function isInOrder(expected: number, lengths: readonly number[], fits: Fits): boolean {
  // Where a list can be dealt out to the partitions in more than one way, ways that came to nothing are not gone again.
  const hopeless = new Set<string>()
  const next = lengths.map(() => 0)
  const dealt: number[] = []
  let candidate = 0
  while (dealt.length < expected) {
    const at = dealt.length
    const partition = hopeless.has(next.join()) ? -1 : firstThatFits(at, candidate, lengths, next, fits)
    if (partition !== -1) {
      dealt.push(partition)
      next[partition] = (next[partition] as number) + 1
      candidate = 0
      continue
    }
    hopeless.add(next.join())
    const last = dealt.pop()
    if (last === undefined) return false
    next[last] = (next[last] as number) - 1
    candidate = last + 1
  }
  return true
}

function firstThatFits(
  expected: number,
  from: number,
  lengths: readonly number[],
  next: readonly number[],
  fits: Fits,
): number {
  for (let partition = from; partition < lengths.length; partition++) {
    const place = next[partition] as number
    if (place < (lengths[partition] as number) && fits(expected, partition, place)) return partition
  }
  return -1
}

/**
 * For each that is expected one that suits it, none for two of them, and as many as can be (Kuhn's way); undefined for those that go without.
 */
export function paired(
  expected: number,
  actual: number,
  fits: (expected: number, actual: number) => boolean,
): (number | undefined)[] {
  const takenBy = new Map<number, number>()
  const find = (one: number, asked: Set<number>): boolean => {
    for (let candidate = 0; candidate < actual; candidate++) {
      if (asked.has(candidate) || !fits(one, candidate)) continue
      asked.add(candidate)
      const holder = takenBy.get(candidate)
      if (holder === undefined || find(holder, asked)) {
        takenBy.set(candidate, one)
        return true
      }
    }
    return false
  }
  for (let one = 0; one < expected; one++) find(one, new Set())
  const pairs: (number | undefined)[] = Array.from({ length: expected })
  for (const [candidate, one] of takenBy) pairs[one] = candidate
  return pairs
}
