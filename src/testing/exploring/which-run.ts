import fc from 'fast-check'

/** A run in fast-check's words, as `MEMKAFKA_SEED=<seed>:<path>` has it again. */
export interface WhichRun {
  readonly seed: number
  readonly path: string
}

/** Farther along a seed than this its number is not looked for: each step of the way costs some 15 us. */
const FARTHEST = 1000

/** All that a seed is made of for fast-check. */
const SEED_BITS = 32

/**
 * Knows which run of an exploration a value is for. fast-check tells a property neither its seed nor its path, only afterwards whom it reports to, and a
 * run that never ends has no afterwards. The path is counted along: a run's number, and of each that is smaller its place among those that were made of the
 * one before. The seed follows from the state of the generator that chance comes from.
 */
export class Runs {
  private readonly paths = new WeakMap<object, string>()
  private seed: number | undefined
  /** Which would be the next of the same seed. */
  private next = 0
  /** How many of fast-check's `examples` have come before what is generated: they count. */
  private examples = 0
  private offset = 0

  /** A value that is generated. @param make makes it, with this random generator */
  generated<T extends object>(random: fc.Random, runId: number | undefined, make: () => fc.Value<T>): fc.Value<T> {
    // Where fast-check is told to be `unbiased` it does not count.
    if (runId === undefined) return make()
    if (runId === 0 || runId !== this.next) {
      this.seed = seedOf(random, runId)
      this.offset = this.examples
      this.examples = 0
    }
    this.next = runId + 1
    const value = make()
    this.paths.set(value.value_, String(runId + this.offset))
    return value
  }

  /** A value is made smaller, into these. */
  shrunk<T extends object>(value: fc.Value<T>, into: fc.Stream<fc.Value<T>>): fc.Stream<fc.Value<T>> {
    this.over()
    const path = this.paths.get(value.value_)
    if (path === undefined) return into
    let place = 0
    return into.map((one) => {
      this.paths.set(one.value_, `${path}:${place++}`)
      return one
    })
  }

  /** Nothing more is generated of this seed. */
  over(): void {
    this.next = 0
    this.examples = 0
  }

  /** The run of a value that begins; undefined where it was not generated here, or nobody knows by which seed. */
  begins(value: object): WhichRun | undefined {
    const path = this.paths.get(value)
    if (path === undefined) this.examples++
    return path === undefined || this.seed === undefined ? undefined : { seed: this.seed, path }
  }
}

/**
 * The seed by which a generator of fast-check's is where it is. Those that fast-check brings are linear: each bit of their state is the exclusive or of
 * some bits of the seed. So 33 seeds tell where any other leads to, and the seed is the solution of a system of linear equations. What leads elsewhere is
 * of another kind, and has no solution.
 */
function seedOf(random: fc.Random, runId: number): number | undefined {
  // Not every release of fast-check has it.
  const state = random.getState?.()
  if (state === undefined || runId > FARTHEST) return undefined
  const least = stateAt(0, runId)
  if (least?.length !== state.length) return undefined
  const solved = new Map<number, Equation>()
  const reduced = (equation: Equation): Equation => {
    const by = solved.get(highest(equation.bits))
    if (by === undefined) return equation
    return reduced({ bits: difference(equation.bits, by.bits), seed: equation.seed ^ by.seed })
  }
  for (let bit = 0; bit < SEED_BITS; bit++) {
    const seed = 1 << bit
    const equation = reduced({ bits: difference(stateAt(seed, runId) ?? [], least), seed })
    if (highest(equation.bits) >= 0) solved.set(highest(equation.bits), equation)
  }
  const { bits, seed } = reduced({ bits: difference(state, least), seed: 0 })
  if (highest(bits) >= 0) return undefined
  // Of a generator that is not linear after all, it would be by chance.
  return highest(difference(stateAt(seed, runId) ?? [], state)) >= 0 ? undefined : seed
}

/** These bits of a state are others where these bits of the seed are. */
interface Equation {
  readonly bits: readonly number[]
  readonly seed: number
}

/** The state of the generator for a run of a seed, as fast-check itself makes it. */
function stateAt(seed: number, runId: number): readonly number[] | undefined {
  const sampled: fc.IRawProperty<readonly number[] | undefined, false> = {
    isAsync: () => false,
    generate: (random) => new fc.Value(random.getState(), undefined),
    shrink: () => fc.Stream.nil(),
    run: () => null,
    runBeforeEach: () => {},
    runAfterEach: () => {},
  }
  return fc.sample(sampled, { seed, path: String(runId), numRuns: 1, examples: [] })[0]
}

function difference(one: readonly number[], other: readonly number[]): number[] {
  return one.map((word, i) => word ^ (other[i] ?? 0))
}

/** The place of the first bit that is set; -1 where none is. */
function highest(words: readonly number[]): number {
  const word = words.findIndex((one) => one !== 0)
  return word < 0 ? -1 : word * 32 + Math.clz32(words[word] ?? 0)
}
