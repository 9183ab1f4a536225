/**
 * Marks that outlive the copy of a class. The package is there as ES modules and as CommonJS, and a process may hold both:
 * `instanceof` then has to recognise an instance that the other copy made.
 */

/** Marks the instances of a class; the name is the same in every copy. */
export function brand(type: { readonly prototype: object }, name: string): void {
  Object.defineProperty(type.prototype, mark(name), { value: true })
}

/** Whether a value is an instance of a class so marked, of whichever copy. */
export function isBranded(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && mark(name) in value
}

function mark(name: string): symbol {
  return Symbol.for(`memkafka.${name}`)
}
