/** Something that a program waits for: `resume` is called once, with what came of it, and never before this has returned. */
export type Effect = (resume: (value: unknown) => void) => void

/** What a client does, one thing after the other: synchronous, so that a run is repeatable and quick. */
export type Program<T> = Generator<Effect, T, unknown>

/** Waits for one effect. */
export function* wait<T>(effect: (resume: (value: T) => void) => void): Program<T> {
  return (yield effect as Effect) as T
}

/** Waits for all of them; what came of each, in their order. */
export function* waitForAll<T>(effects: readonly ((resume: (value: T) => void) => void)[]): Program<T[]> {
  return yield* wait<T[]>((resume) => {
    const values: T[] = new Array(effects.length)
    let missing = effects.length
    effects.forEach((effect, index) => {
      effect((value) => {
        values[index] = value
        if (--missing === 0) resume(values)
      })
    })
  })
}

/** Runs a program as far as it goes by itself; `done` hears its end. */
export function run<T>(program: Program<T>, done: (value: T) => void = () => {}): void {
  const step = (value: unknown): void => {
    const next = program.next(value)
    if (next.done === true) done(next.value)
    else next.value(step)
  }
  step(undefined)
}
