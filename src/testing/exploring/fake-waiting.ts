import type { PoolWork } from './pool-work.ts'
import type { Replacements } from './replacements.ts'

type Asked = (this: unknown, ...args: unknown[]) => unknown

/**
 * Has time wait for crypto of the web and for WebAssembly: neither says, in every release of Node.js, when it begins in other threads and when it has
 * ended. What they give back is as before.
 */
export function fakedWaiting(pool: PoolWork, replacements: Replacements): void {
  const owners: readonly [object, readonly string[]][] = [
    [SubtleCrypto.prototype, Object.keys(Object.getOwnPropertyDescriptors(SubtleCrypto.prototype))],
    [Reflect.get(globalThis, 'WebAssembly'), ['compile', 'instantiate']],
  ]
  for (const [owner, names] of owners) {
    for (const name of names) {
      const real: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value
      if (name === 'constructor' || typeof real !== 'function') continue
      replacements.replace(owner, name, function (this: unknown, ...args: unknown[]): unknown {
        const given = Reflect.apply(real as Asked, this, args)
        return given instanceof Promise ? pool.during(given) : given
      })
    }
  }
}
