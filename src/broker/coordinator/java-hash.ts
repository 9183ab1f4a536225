/** Java's `String.hashCode`. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}

/** Which partition of an internal topic a key belongs to. The least of all hashes has no positive counterpart: it counts as 0. */
export function coordinatorPartition(key: string, partitions: number): number {
  const hash = javaStringHash(key)
  return hash === -(2 ** 31) ? 0 : Math.abs(hash) % partitions
}

/** Sorts strings in the order in which a `java.util.HashMap` of these keys runs through them. */
export function inHashMapOrder(keys: Iterable<string>): string[] {
  const all = [...keys]
  let buckets = 16
  while (all.length > buckets * 0.75) buckets *= 2
  const bucket = (key: string): number => {
    const hash = javaStringHash(key)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return all.sort((a, b) => bucket(a) - bucket(b))
}
