/** Which of the known names a misspelt one may mean; undefined: none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const other = candidate.toLowerCase()
    // A name that someone has cut short is near, however much is missing.
    const steps = wanted.length > 3 && other.startsWith(wanted) ? 1 : distance(wanted, other)
    if (steps < least) {
      best = candidate
      least = steps
    }
  }
  return best
}

/** Levenshtein's: how many letters are to be put in, taken out or changed. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[other.length] as number
}
