import { type AsyncHook, createHook } from 'node:async_hooks'

/** Work that Node.js does in its pool of threads, by the types of async_hooks; all that is one of our kinds of a request that ends once. */
const IN_POOL: ReadonlySet<string> = new Set([
  'FSREQCALLBACK',
  'FSREQPROMISE',
  'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP',
  'RANDOMBYTESREQUEST',
  'RANDOMPRIMEREQUEST',
  'CHECKPRIMEREQUEST',
  'PBKDF2REQUEST',
  'SCRYPTREQUEST',
  'HKDFREQUEST',
  'HASHREQUEST',
  'KEYPAIRGENREQUEST',
  'KEYGENREQUEST',
  'KEYEXPORTREQUEST',
  'CIPHERREQUEST',
  'DERIVEBITSREQUEST',
  'SIGNREQUEST',
  'VERIFYREQUEST',
])

/** Done by Node.js on the spot where nobody waits for it: then it is made all the same, and no `ondone` is set. */
const CRYPTO: ReadonlySet<string> = new Set([...IN_POOL].filter((type) => !/^(?:FS|GET)/.test(type)))

/** It has a handle that lives as long as its stream, and keeps what it is busy with. */
const ZLIB = 'ZLIB'

interface Resource {
  readonly ondone?: unknown
  /** Of zlib: what it works on now. */
  readonly buffer?: unknown
}

/**
 * Knows what goes on outside of the one thread that JavaScript has: zlib, crypto, the file system and name look-ups in the pool of threads, and
 * turns of the event loop that somebody has asked for with a `setImmediate` of before.
 */
export class PoolWork {
  /** How many turns of the event loop were asked for, by whomever. */
  turns = 0
  private readonly begun = new Map<number, { readonly type: string; readonly resource: Resource }>()
  private readonly hook: AsyncHook

  constructor() {
    const { begun } = this
    this.hook = createHook({
      // Since Node.js 24.14 and 25.3: promises are of no interest here, and cost much. Older ones do not know it, and are slower.
      ...{ trackPromises: false },
      init: (id, type, _trigger, resource: object) => {
        if (type === 'Immediate') this.turns++
        else if (IN_POOL.has(type) || type === ZLIB) begun.set(id, { type, resource })
      },
      after: (id) => {
        if (begun.size > 0 && begun.get(id)?.type !== ZLIB) begun.delete(id)
      },
      destroy: (id) => {
        if (begun.size > 0) begun.delete(id)
      },
    })
  }

  watch(): void {
    this.hook.enable()
  }

  end(): void {
    this.hook.disable()
    this.begun.clear()
  }

  /** Whether something is still being done. */
  get goesOn(): boolean {
    if (this.begun.size === 0) return false
    for (const { type, resource } of this.begun.values()) {
      if (type === ZLIB ? isBusy(resource.buffer) : !CRYPTO.has(type) || resource.ondone !== undefined) return true
    }
    return false
  }
}

function isBusy(buffer: unknown): boolean {
  return buffer !== null && buffer !== undefined
}
