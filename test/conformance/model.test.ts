import fc from 'fast-check'
import { expect, test } from 'vitest'
import { history } from '../../conformance/broker/model/actions.ts'
import { following } from '../../conformance/broker/model/pace.ts'
import { play } from '../../conformance/broker/model/play.ts'
import { ownSide } from '../../conformance/broker/own-side.ts'
import { servedBy } from '../../conformance/broker/run-case.ts'
import { ONE_BROKER } from '../../conformance/broker/shapes.ts'

test('the same history gives the same answers on another cluster, after other histories', async () => {
  const [one, other] = await Promise.all([ownSide('4.4', ONE_BROKER), ownSide('4.4', ONE_BROKER)])
  try {
    const served = await servedBy(one)
    let run = 0
    await fc.assert(
      fc.asyncProperty(history, history, async (actions, before) => {
        await play(following(other, []), before, ++run, served)
        const again = await play(following(other, []), actions, ++run, served)
        expect(again).toEqual(await play(following(one, []), actions, run, served))
      }),
      { numRuns: 20 },
    )
  } finally {
    await one.stop()
    await other.stop()
  }
})
