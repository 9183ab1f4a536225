/** Java's `String.hashCode`. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
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
