import { type InspectOptions, inspect } from 'node:util'

/**
 * What a test holds in its hand. A handle keeps nothing of what it tells: each look at one of its properties is a look at the cluster as it is now.
 *
 * The getters are properties of each handle itself, as well as of its class. So they are seen by all that looks at objects from
 * outside: `console.log`, comparisons as a whole, and the copies that test runners make of what differs before they print it.
 */
export abstract class Handle {
  constructor() {
    const getters = Object.entries(Object.getOwnPropertyDescriptors(new.target.prototype))
    for (const [name, { get }] of getters) {
      if (get !== undefined) Object.defineProperty(this, name, { get, enumerable: true, configurable: true })
    }
  }

  static {
    // console.log shows what the getters tell.
    const show = function (this: Handle, _depth: number, options: InspectOptions): string {
      return `${this.constructor.name} ${inspect({ ...this }, options)}`
    }
    Object.defineProperty(Handle.prototype, inspect.custom, { value: show })
  }
}
