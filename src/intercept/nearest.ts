import { inspect } from 'node:util'

/** Which of the known names a misspelt one may mean; undefined: none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const other = candidate.toLowerCase()
    // A name that someone has cut short is near, however much is missing.
    const cut = wanted.length > 3 && other.startsWith(wanted) ? 1 : Number.POSITIVE_INFINITY
    const steps = Math.min(cut, distance(wanted, other))
    if (steps < least) {
      best = candidate
      least = steps
    }
  }
  return best
}

/** `, topic is meant?`, to go on with after a misspelt name; nothing where none of the known ones is near. */
export function meant(name: string, known: readonly string[]): string {
  const guess = nearest(name, known)
  return guess === undefined ? '' : `, ${guess} is meant?`
}

/** That a name is none of the known ones, and what to write instead. */
export function unknownName(name: string, known: readonly string[]): string {
  return `there is no '${name}'${meant(name, known)}; there are ${known.join(', ')}`
}

/**
 * A misspelt name would do nothing, and not say so.
 * @param where the object was given to, as a test writes it
 * @throws TypeError for what is no object, and for a name in it that is none of the known ones
 */
export function checkNames(where: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${where}: an object is wanted, not ${inspect(value, { depth: 0 })}`)
  }
  const wrong = Object.keys(value).find((name) => !known.includes(name))
  if (wrong !== undefined) throw new TypeError(`${where}: ${unknownName(wrong, known)}`)
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
