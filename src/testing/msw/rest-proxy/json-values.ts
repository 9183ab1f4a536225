/** That what was sent is no JSON: nothing after it can be read. */
export class NoJsonError extends Error {
  override readonly name = 'NoJsonError'
}

/**
 * Values of JSON that stand one after another, with or without white space between them: each as soon as it is complete.
 * @throws NoJsonError
 */
export async function* jsonValues(chunks: AsyncIterable<string>): AsyncGenerator<unknown, void, undefined> {
  const scanner = new Scanner()
  for await (const chunk of chunks) yield* scanner.push(chunk)
  yield* scanner.end()
}

/** Finds where values end, and leaves what they are to JSON.parse. */
class Scanner {
  #text = ''
  /** How far it was looked at. */
  #at = 0
  #depth = 0
  #inString = false
  #isEscaped = false

  #insideString(char: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (char === '\\') this.#isEscaped = true
    else if (char === '"') this.#inString = false
  }

  *push(chunk: string): Generator<unknown, void, undefined> {
    this.#text += chunk
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at)
      if (this.#inString) this.#insideString(char)
      else if (char === '"') {
        if (this.#depth === 0 && this.#at > 0) yield* this.#scalar()
        this.#inString = true
      } else if (char === '{' || char === '[') {
        if (this.#depth === 0 && this.#at > 0) yield* this.#scalar()
        this.#depth++
      } else if (char === '}' || char === ']') this.#depth--
      else if (this.#depth === 0 && /\s/.test(char)) {
        yield* this.#scalar()
        this.#text = this.#text.slice(1)
        continue
      }
      this.#at++
      const isClosed = this.#depth <= 0 && !this.#inString && /["}\]]/.test(char)
      if (isClosed) yield this.#value()
    }
  }

  *end(): Generator<unknown, void, undefined> {
    if (this.#text.trim() !== '') yield this.#value()
  }

  /** A number or a word ends where something else begins. */
  *#scalar(): Generator<unknown, void, undefined> {
    if (this.#at > 0) yield this.#value()
  }

  #value(): unknown {
    const text = this.#text.slice(0, this.#at)
    this.#text = this.#text.slice(this.#at)
    this.#at = 0
    this.#depth = 0
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new NoJsonError(error instanceof Error ? error.message : String(error))
    }
  }
}
