import { type InspectOptions, inspect } from 'node:util'

/** Where a class of handles keeps what {@link gettersOf} has found. */
const GETTERS = Symbol('getters')

/**
 * What a test holds in its hand. A handle keeps nothing of what it tells: each look at one of its properties is a look at the cluster as it is now.
 *
 * The getters are properties of each handle itself, as well as of its class. So they are seen by all that looks at objects from
 * outside: `console.log`, comparisons as a whole, and the copies that test runners make of what differs before they print it.
 */
export abstract class Handle {
  constructor() {
    for (const [name, getter] of gettersOf(new.target.prototype)) Object.defineProperty(this, name, getter)
  }

  static {
    // console.log shows what the getters tell.
    const show = function (this: Handle, _depth: number, options: InspectOptions): string {
      return `${this.constructor.name} ${inspect({ ...this }, options)}`
    }
    Object.defineProperty(Handle.prototype, inspect.custom, { value: show })
  }
}

type Getters = readonly (readonly [name: string, getter: PropertyDescriptor])[]

/** The getters of a class, looked for once. */
function gettersOf(prototype: { [GETTERS]?: Getters }): Getters {
  const known = Object.hasOwn(prototype, GETTERS) ? prototype[GETTERS] : undefined
  if (known !== undefined) return known
  const getters = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { get }]) =>
    get === undefined ? [] : [[name, { get, enumerable: true, configurable: true }] as const],
  )
  Object.defineProperty(prototype, GETTERS, { value: getters })
  return getters
}

/**
 * Has every object of a class tell something under a symbol, for rooms that know the symbol: not with the getters that are seen from outside, nor in the
 * declarations of the class.
 */
export function provide<T extends object>(prototype: T, symbol: symbol, tell: (object: T) => unknown): void {
  Object.defineProperty(prototype, symbol, {
    get(this: T): unknown {
      return tell(this)
    },
  })
}
