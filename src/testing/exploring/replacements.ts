import { syncBuiltinESMExports } from 'node:module'

/** Properties that are others for a while. */
export class Replacements {
  private readonly made: {
    readonly of: object
    readonly name: string
    readonly before: PropertyDescriptor | undefined
  }[] = []
  private readonly wanted: { readonly of: object; readonly name: string; readonly value: unknown }[] = []

  /** Has a property be another one, from {@link begin} on. */
  replace(of: object, name: string, value: unknown): void {
    if (Reflect.has(of, name)) this.wanted.push({ of, name, value })
  }

  begin(): void {
    for (const { of, name, value } of this.wanted) {
      const before = Object.getOwnPropertyDescriptor(of, name)
      Object.defineProperty(of, name, {
        value,
        writable: true,
        configurable: true,
        enumerable: before?.enumerable ?? true,
      })
      this.made.push({ of, name, before })
    }
    // What modules have imported by name from Node.js's own follows.
    syncBuiltinESMExports()
  }

  end(): void {
    for (const { of, name, before } of this.made.splice(0).reverse()) {
      if (before === undefined) Reflect.deleteProperty(of, name)
      else Object.defineProperty(of, name, before)
    }
    syncBuiltinESMExports()
  }
}
