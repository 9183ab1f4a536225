import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonValues, NoJsonError } from '../../../src/testing/msw/rest-proxy/json-values.ts'

async function* inPieces(text: string, sizes: readonly number[]): AsyncGenerator<string> {
  let at = 0
  for (const size of sizes) {
    yield text.slice(at, at + size)
    at += size
  }
  yield text.slice(at)
}

async function values(text: string, sizes: readonly number[] = []): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const value of jsonValues(inPieces(text, sizes))) all.push(value)
  return all
}

test('values of JSON are found one after another, however they arrive', async () => {
  const written = fc.array(fc.tuple(fc.jsonValue(), fc.constantFrom(' ', '\n', '\r\n', '\t \n')))
  await fc.assert(
    fc.asyncProperty(written, fc.array(fc.nat(20)), async (all, sizes) => {
      const text = all.map(([value, space]) => JSON.stringify(value) + space).join('')
      expect(await values(text, sizes)).toEqual(all.map(([value]) => JSON.parse(JSON.stringify(value))))
    }),
  )
})

test('objects, lists and strings need nothing in between', async () => {
  expect(await values('{"a":1}{"b":"}"}[1,[2]]"x"{}12 true{}')).toEqual([
    { a: 1 },
    { b: '}' },
    [1, [2]],
    'x',
    {},
    12,
    true,
    {},
  ])
})

test.each(['{', '}', '{"a":}', '1 2 x', '"a'])('%s is no JSON', async (text) => {
  await expect(values(text)).rejects.toThrow(NoJsonError)
})
