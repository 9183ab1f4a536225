/** The name that was probably meant: the one with the fewest letters to change, unless that is more than a third of them. */
export function nearestName(wrong: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let fewest = Math.max(2, Math.floor(wrong.length / 3)) + 1
  for (const name of names) {
    const changes = editDistance(wrong, name, fewest)
    if (changes < fewest) {
      fewest = changes
      nearest = name
    }
  }
  return nearest
}

/** Levenshtein's distance, or `limit` once it is known to be no less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    if (Math.min(...next) >= limit) return limit
    row = next
  }
  return Math.min(row[b.length] ?? 0, limit)
}
