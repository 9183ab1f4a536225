/** What is read from something that never changes, kept with it: each reading is done once, when it is first asked for. */
export class Derived<Source> {
  readonly #source: Source
  readonly #read = new Map<(source: Source) => unknown, unknown>()

  constructor(source: Source) {
    this.#source = source
  }

  /** What the function makes of it. The same function gets the same answer, which is not to be changed. */
  by<T>(read: (source: Source) => T): T {
    let found = this.#read.get(read)
    if (found === undefined) {
      found = read(this.#source)
      this.#read.set(read, found)
    }
    return found as T
  }
}
