import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'

const FRAMES = 100_000
const MEBIBYTE = 2 ** 20

/** Another one: `FUZZ_SEED=7 npx vitest run test/fuzz`. Many more frames: `npm run fuzz -- --frames 10000000`. */
const seed = Number(process.env.FUZZ_SEED ?? 1)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test(`a broker lives through ${FRAMES} mutated frames of every API, and a well-behaved client notices nothing`, async () => {
  // What is compiled and cached for good is so after the first frames.
  await fuzz({ seed, frames: 5000, collect })
  const { answered, closed, unanswered, memory } = await fuzz({ seed, frames: FRAMES, collect })
  expect(answered + closed + unanswered).toBeGreaterThan(FRAMES * 0.9)
  expect(answered).toBeGreaterThan(FRAMES / 3)
  expect(closed).toBeGreaterThan(FRAMES / 10)
  expect(memory.loaded - memory.before).toBeLessThan(200 * MEBIBYTE)
  expect(memory.after - memory.before).toBeLessThan(20 * MEBIBYTE)
}, 300_000)
