/** How much of a part is wanted. */
export interface PartOptions {
  /** What CI has the time for: a few minutes of all parts together. */
  readonly short: boolean
  /** Of what is drawn at random, an integer of 32 bits. Default: each part's own, the same in every run. */
  readonly seed?: number
}

/** What a part found. */
export interface PartResult {
  readonly passed: number
  readonly failed: number
  /** What could not be run on this machine, and why, a line each: it is neither passed nor failed. */
  readonly notRun: readonly string[]
  /**
   * The part's section of docs/conformance.md, from its `## ` heading on. It is the same whenever the same was found: no times,
   * no ports, nothing that is drawn anew in each run.
   */
  readonly section: string
}

/** One of the things in which memkafka is held against Kafka. */
export interface Part {
  /** The word that chooses it on the command line. */
  readonly name: string
  /** What it holds against what, in one line. */
  readonly about: string
  /** Tells on the console what it does and where something differs. A failed check is counted, not thrown. */
  run(options: PartOptions): Promise<PartResult>
}

/** The result of a part that this machine cannot run. */
export function notRun(title: string, why: string): PartResult {
  return { passed: 0, failed: 0, notRun: [`${title}: ${why}`], section: `## ${title}\n\nNot run: ${why}.\n` }
}
