import crypto from 'node:crypto'
import { open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setInterval as every, setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { expect, test } from 'vitest'
import { exploreFaults, type Run, simulate } from '../../../src/testing/exploring/index.ts'

/** What two runs with the same seed see. */
async function seenTwice<T>(see: (run: Run) => T | Promise<T>): Promise<[T, T]> {
  const seen: T[] = []
  const run = async (given: Run): Promise<void> => void seen.push(await see(given))
  for (const seed of [1, 1]) await simulate({ cluster: { seed }, run })
  const [first, second] = seen
  if (first === undefined || second === undefined) throw new Error('two runs')
  return [first, second]
}

/** Which the types here do not know. */
const wasm: { compile(bytes: Uint8Array): Promise<unknown>; instantiate(bytes: Uint8Array): Promise<unknown> } =
  Reflect.get(globalThis, 'WebAssembly')

const optional = (of: object, name: string): ((...args: unknown[]) => unknown) | undefined => Reflect.get(of, name)

test('ids that begin with the time, and bytes by their old names, follow from the seed', async () => {
  const [one, other] = await seenTwice(() => [
    optional(crypto, 'randomUUIDv7')?.(),
    String(optional(crypto, 'rng')?.(8)),
    String(optional(crypto, 'prng')?.(8)),
    String(optional(crypto, 'pseudoRandomBytes')?.(8)),
  ])
  expect(one).toEqual(other)
  if (one[0] !== undefined) {
    expect(one[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(Number.parseInt(String(one[0]).replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 1))
  }
})

test('every clock tells the time of the run', async () => {
  await simulate({
    run: async () => {
      await wait(1500)
      expect(performance.timeOrigin + performance.now()).toBe(Date.now())
      const date = new Date()
      expect(date.constructor).toBe(Date)
      const now: Record<string, () => unknown> | undefined = Reflect.get(globalThis, 'Temporal')?.Now
      if (now === undefined) return
      const told = (name: string): string => String(now[name]?.())
      expect(told('instant')).toBe('2026-01-01T00:00:01.5Z')
      expect(told('zonedDateTimeISO')).toContain(told('plainDateTimeISO'))
      expect(told('plainDateTimeISO')).toBe(`${told('plainDateISO')}T${told('plainTimeISO')}`)
    },
  })
  expect(new Date().constructor).toBe(Date)
  expect(Math.abs(performance.timeOrigin + performance.now() - Date.now())).toBeLessThan(86_400_000)
})

test('what crypto of the web does, a file that closes, and WebAssembly are over before the next thing happens', async () => {
  const { subtle } = globalThis.crypto
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
  await simulate({
    run: async () => {
      const done: string[] = []
      const file = await open(new URL(import.meta.url).pathname)
      const begun = Date.now()
      const at = (what: string) => () => done.push(`${what} after ${Date.now() - begun} ms`)
      const all = [
        subtle.digest('SHA-256', new Uint8Array(4_000_000)).then(at('digest')),
        file.close().then(at('close')),
        wasm.compile(empty).then(at('compile')),
        wasm.instantiate(empty).then(at('instantiate')),
      ]
      await wait(1)
      expect(done.sort()).toEqual([
        'close after 0 ms',
        'compile after 0 ms',
        'digest after 0 ms',
        'instantiate after 0 ms',
      ])
      await Promise.all(all)
    },
  })
})

test('an interval that is read slowly ticks as often as without', async () => {
  await simulate({
    run: async () => {
      const begun = Date.now()
      const seen: number[] = []
      for await (const what of every(10, 'tick')) {
        expect(what).toBe('tick')
        seen.push(Date.now() - begun)
        await wait(seen.length === 1 ? 25 : 1)
        if (seen.length === 5) break
      }
      expect(seen).toEqual([10, 35, 36, 40, 50])
      const ticking = every(10, undefined, { signal: AbortSignal.timeout(15) })
      const last = (async () => {
        for await (const _ of ticking);
      })()
      await expect(last).rejects.toMatchObject({ name: 'AbortError' })
      expect(() => AbortSignal.timeout(Number.NaN)).toThrow('delay')
    },
  })
})

test('what a run finds of globals is there again afterwards, also when it failed', async () => {
  const owners = [globalThis, Date.prototype, Math, crypto, globalThis.crypto, performance, process, AbortSignal]
  const more = [SubtleCrypto.prototype, wasm, Reflect.get(globalThis, 'Temporal')?.Now ?? {}]
  const all = [...owners, ...more].flatMap((owner) =>
    Object.getOwnPropertyNames(owner).flatMap((name) => {
      const before = Object.getOwnPropertyDescriptor(owner, name)
      return before === undefined ? [] : [{ owner, name, before }]
    }),
  )
  const throwing = (): never => {
    throw new Error('at once')
  }
  const leaving = async ({ sleep }: Run): Promise<void> => {
    setInterval(() => {}, 10)
    void every(10).next()
    globalThis.Date = class extends Date {} as DateConstructor
    await sleep(100)
    throw new Error('later')
  }
  await expect(simulate({ run: throwing })).rejects.toThrow('at once')
  await expect(simulate({ run: leaving })).rejects.toThrow('later')
  for (const { owner, name, before } of all) {
    const after = Object.getOwnPropertyDescriptor(owner, name)
    for (const what of ['value', 'get', 'writable', 'enumerable', 'configurable'] as const) {
      expect([name, what, Object.is(after?.[what], before[what])]).toEqual([name, what, true])
    }
  }
  // Own ones of `performance` would be left over: there are none.
  expect(Object.keys(performance)).toEqual([])
})

test('a run that waits for a socket is told that time does not', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const { connect } = await import('node:net')
  const run = async (): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port: port ?? 0 })
    try {
      await new Promise((_, reject) => socket.on('error', reject))
    } finally {
      socket.destroy()
    }
  }
  try {
    await expect(simulate({ run, limit: 1000 })).rejects.toThrow(
      'There was a TCP connection in it, for which time does not wait',
    )
    const property = exploreFaults({ run, limit: 1000 })
    await expect(fc.check(property, { numRuns: 1, endOnFailure: true })).resolves.toMatchObject({
      errorInstance: { message: expect.stringContaining('a TCP connection') },
    })
  } finally {
    server.close()
  }
})

test('HTTP that msw answers takes no time of the run, and is the same each time', async () => {
  const server = setupServer(
    http.post('http://payments.test/charges', async ({ request }) =>
      HttpResponse.json([await request.json(), Date.now()]),
    ),
  )
  server.listen()
  try {
    const charge = async (total: number): Promise<unknown> => {
      const body = JSON.stringify({ total })
      return (await fetch('http://payments.test/charges', { method: 'POST', body })).json()
    }
    const [one, other] = await seenTwice(async ({ sleep }) => [await charge(1), await sleep(10), await charge(2)])
    expect(one).toEqual(other)
    expect(one).toEqual([[{ total: 1 }, Date.UTC(2026, 0, 1)], undefined, [{ total: 2 }, Date.UTC(2026, 0, 1) + 10]])
  } finally {
    server.close()
  }
})
