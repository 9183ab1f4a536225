import { type AsyncHook, createHook } from 'node:async_hooks'

/** Work that Node.js does in its pool of threads, by the types of async_hooks; all that is one of our kinds of a request that ends once. */
const IN_POOL: ReadonlySet<string> = new Set([
  'FSREQCALLBACK',
  'FSREQPROMISE',
  'FILEHANDLECLOSEREQ',
  'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP',
  'RANDOMBYTESREQUEST',
  'RANDOMPRIMEREQUEST',
  'CHECKPRIMEREQUEST',
  'PBKDF2REQUEST',
  'SCRYPTREQUEST',
  'ARGON2REQUEST',
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
const CRYPTO: ReadonlySet<string> = new Set([...IN_POOL].filter((type) => !/^(?:FS|FILE|GET)/.test(type)))

/** What nothing here waits for, and how it is called. */
const OUTSIDE: ReadonlyMap<string, string> = new Map([
  ['TCPCONNECTWRAP', 'a TCP connection'],
  ['PIPECONNECTWRAP', 'a connection by a pipe'],
  ['UDPWRAP', 'a UDP socket'],
  ['QUERYWRAP', 'a DNS query'],
  ['PROCESSWRAP', 'a child process'],
  ['WORKER', 'a worker thread'],
])

/** It has a handle that lives as long as its stream, and keeps what it is busy with. */
const ZLIB = 'ZLIB'

/** Since Node.js 24.14 and 25.3: promises are of no interest here, and cost much. Older ones do not know it, and are slower. */
const PROMISES_ASIDE = { trackPromises: false }

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
  /** What there was that goes on outside of this process or thread. */
  readonly outside: Set<string> = new Set()
  /** Promises that no hook tells of. */
  private awaited = 0
  private readonly waited = (): void => {
    this.awaited--
  }
  private readonly begun = new Map<number, { readonly type: string; readonly resource: Resource }>()
  private readonly beginnings: AsyncHook
  /** Hears only while something goes on: each tick calls it. */
  private readonly ends: AsyncHook

  constructor() {
    const { begun } = this
    const gone = (id: number): void => {
      if (begun.delete(id) && begun.size === 0) this.ends.disable()
    }
    this.beginnings = createHook({
      ...PROMISES_ASIDE,
      init: (id, type, _trigger, resource: object) => {
        if (type === 'Immediate') this.turns++
        else if (type === 'TickObject') return
        else if (IN_POOL.has(type) || type === ZLIB) {
          if (begun.size === 0) this.ends.enable()
          begun.set(id, { type, resource })
        } else if (OUTSIDE.has(type)) this.outside.add(OUTSIDE.get(type) ?? type)
      },
    })
    this.ends = createHook({
      ...PROMISES_ASIDE,
      after: (id) => {
        if (begun.get(id)?.type !== ZLIB) gone(id)
      },
      destroy: gone,
    })
  }

  watch(): void {
    this.beginnings.enable()
  }

  end(): void {
    this.beginnings.disable()
    this.ends.disable()
    this.begun.clear()
  }

  /** Counts what somebody waits for as work that goes on. */
  during<T>(promise: Promise<T>): Promise<T> {
    this.awaited++
    promise.then(this.waited, this.waited)
    return promise
  }

  /** Whether something is still being done. */
  get goesOn(): boolean {
    if (this.awaited > 0) return true
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

/** What to say of what goes on outside of a run. */
export function notWaitedFor(outside: readonly string[]): string {
  const what = outside.join(', and ')
  return `There was ${what} in it, for which time does not wait: a run is in memory alone, its clients by socketFactory, clientConfig() or interceptKafka`
}
