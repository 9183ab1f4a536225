import type { Answer } from './kafka.ts'

/** How many random ones there are, and of what seed. */
export interface Sampling {
  readonly seed: number
  /** Of each message in each version, in each direction; of each format of records with each codec. */
  readonly each: number
}

/** Which way: written here and read by Kafka, or made by Kafka and read here. */
export type Direction = 'written' | 'read'

/** What went one way. */
export interface Tally {
  /** Names of messages. */
  readonly messages: Set<string>
  /** Of those messages. */
  versions: number
  /** Values of those versions. */
  checked: number
  /** Formats of records, each with each codec. */
  formats: number
  recordSets: number
  /** How many values and record sets were not the same. */
  differences: number
}

/** What is told at most; the rest is counted. */
const TOLD_AT_MOST = 40

/** What came of holding a release against us. */
export class Findings {
  readonly release: string
  readonly tallies: { readonly [direction in Direction]: Tally } = { written: tally(), read: tally() }
  /** What we have no counterpart for: why, and the versions of messages. */
  readonly leftOut: Map<string, string[]> = new Map()
  /** What is not the same, and no matter of a value: headers, numbers, versions that nobody has. */
  readonly contradictions: string[] = []
  /** Versions of APIs that have the same headers. */
  headers = 0
  #told = 0

  constructor(release: string) {
    this.release = release
  }

  get checked(): number {
    const { written, read } = this.tallies
    return written.checked + written.recordSets + read.checked + read.recordSets + this.headers
  }

  /** Of those that were checked. */
  get passed(): number {
    return this.checked - this.tallies.written.differences - this.tallies.read.differences
  }

  get differences(): number {
    return this.tallies.written.differences + this.tallies.read.differences + this.contradictions.length
  }

  /** So many of a version of a message went that way, and so many of them were not the same. */
  addMessages(direction: Direction, name: string, checked: number, differences: number): void {
    const tally = this.tallies[direction]
    tally.messages.add(name)
    tally.versions++
    tally.checked += checked
    tally.differences += differences
  }

  /** So many record sets of a format and a codec went that way. */
  addRecords(direction: Direction, checked: number, differences: number): void {
    const tally = this.tallies[direction]
    tally.formats++
    tally.recordSets += checked
    tally.differences += differences
  }

  contradict(what: string): void {
    this.contradictions.push(what)
    this.tell(what)
  }

  /** A version that one side has and the other has not, for a reason. */
  leaveOut(name: string, version: number, why: string): void {
    this.leftOut.set(why, [...(this.leftOut.get(why) ?? []), `${name} v${version}`])
  }

  tell(what: string): void {
    this.#told++
    if (this.#told <= TOLD_AT_MOST) console.log(`DIFFERENT ${what}`)
    else if (this.#told === TOLD_AT_MOST + 1) console.log(`more is different with ${this.release}: it is counted`)
  }

  /** For the console, in a line. */
  summary(): string {
    const { written, read } = this.tallies
    const values = `${written.checked} values written and ${read.checked} read, of ${written.versions} versions`
    const records = `${written.recordSets} record sets written and ${read.recordSets} read, of ${written.formats} formats`
    return `Kafka ${this.release}: ${values}; ${records}; ${this.differences} differences`
  }
}

function tally(): Tally {
  return { messages: new Set(), versions: 0, checked: 0, formats: 0, recordSets: 0, differences: 0 }
}

/** A difference for whoever has to mend it. */
export function shown(
  what: string,
  bytes: Buffer,
  ours: { readonly bytes?: Buffer; readonly json?: unknown },
  theirs: Answer,
): string {
  const lines = [what, `  bytes          ${bytes.toString('hex')}`]
  if (ours.bytes !== undefined) lines.push(`  ours again     ${ours.bytes.toString('hex')}`)
  if ('bytes' in theirs) lines.push(`  Kafka's again  ${theirs.bytes.toString('hex')}`)
  if (ours.json !== undefined) lines.push(`  our JSON       ${JSON.stringify(ours.json)}`)
  if ('text' in theirs) lines.push(`  Kafka's JSON   ${theirs.text}`)
  if ('error' in theirs) lines.push(`  Kafka says     ${theirs.error}`)
  return lines.join('\n')
}
