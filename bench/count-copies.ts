/**
 * Counts the bytes that a process copies from one buffer to another, by every way that JavaScript has: loaded before all else
 * (`node --import`) and told so by an environment variable, it stands in front of those functions. What the kernel copies
 * between a socket and a buffer is not seen.
 */
const counted: unique symbol = Symbol.for('memkafka.bench.copied')

/** Set for a process whose copies are to be counted. */
export const COUNT_COPIES = 'MEMKAFKA_BENCH_COUNT_COPIES'

const store = globalThis as { [counted]?: number }

/** Bytes so far; 0 where they are not counted. */
export function copiedBytes(): number {
  return store[counted] ?? 0
}

if (process.env[COUNT_COPIES] !== undefined && store[counted] === undefined) {
  store[counted] = 0
  const count = (bytes: number): void => {
    store[counted] = (store[counted] ?? 0) + bytes
  }
  // Functions of functions: one that calls another inside is counted once.
  let inside = false
  const watch = (owner: object, name: string, bytesOf: (result: unknown, args: readonly unknown[]) => number): void => {
    const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown
    const counting = function (this: unknown, ...args: unknown[]): unknown {
      if (inside) return original.apply(this, args)
      inside = true
      try {
        const result = original.apply(this, args)
        count(bytesOf(result, args))
        return result
      } finally {
        inside = false
      }
    }
    Object.defineProperty(owner, name, { value: counting, writable: true, configurable: true })
  }
  const sizeOf = (value: unknown): number => (ArrayBuffer.isView(value) ? value.byteLength : 0)
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
  watch(Buffer, 'from', (result, [source]) =>
    ArrayBuffer.isView(source) || Array.isArray(source) ? sizeOf(result) : 0,
  )
  watch(Buffer, 'concat', sizeOf)
  watch(Buffer, 'copyBytesFrom', sizeOf)
  watch(Buffer.prototype, 'copy', (result) => result as number)
  watch(typedArray, 'set', (_, [source]) => sizeOf(source))
  watch(typedArray, 'slice', sizeOf)
  watch(ArrayBuffer.prototype, 'slice', (result) => (result as ArrayBuffer).byteLength)
}
