/**
 * The long fuzz: `npm run fuzz -- --frames 10000000 --seed 7`. Each hundred thousand frames have a cluster and a seed of
 * their own, one more than the last; what fails prints the seed that does it again.
 */

import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fuzz } from '../test/fuzz/fuzz.ts'

const FRAMES_A_CLUSTER = 100_000

const { values } = parseArgs({
  options: { frames: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
})
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let left = Number(values.frames)
for (let seed = Number(values.seed); left > 0; seed++) {
  const frames = Math.min(left, FRAMES_A_CLUSTER)
  const begun = performance.now()
  const { answered, closed, unanswered, memory } = await fuzz({ seed, frames, collect })
  const seconds = (performance.now() - begun) / 1000
  left -= frames
  const mebibytes = Object.values(memory).map((bytes) => (bytes / 2 ** 20).toFixed(1))
  console.log(
    `seed ${seed}: ${frames} frames, ${Math.round(frames / seconds)}/s, ${answered} answered, ${closed} closed, ` +
      `${unanswered} without an answer; MiB before, loaded and after: ${mebibytes.join(', ')}; ${left} frames left`,
  )
}
