/** Makes a value when it is first asked for, and the same one from then on. For values that never change: tables, compiled code. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
