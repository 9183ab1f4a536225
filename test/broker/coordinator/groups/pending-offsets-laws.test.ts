import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OffsetsDriver } from './offsets-driver.ts'
import { GROUPS, OffsetsModel, type Step, step, TOPICS } from './offsets-model.ts'

type Move = { readonly do: 'move' | 'lag' | 'catch up' }
type LawStep = Step | Move

const moves = fc.constantFrom('move' as const, 'lag' as const, 'catch up' as const)
const lawStep: fc.Arbitrary<LawStep> = fc.oneof(
  { weight: 8, arbitrary: step },
  { weight: 1, arbitrary: fc.record({ do: moves }) },
)

function isMove(step: LawStep): step is Move {
  return step.do === 'move' || step.do === 'lag' || step.do === 'catch up'
}

/** Runs the real thing beside the model, and holds one against the other after every step. */
class Run {
  private readonly real = new OffsetsDriver()
  /** What is so as of each end of the log. */
  private readonly history = new Map<number, OffsetsModel>([[0, new OffsetsModel()]])
  private model = new OffsetsModel()
  private clock = 0

  step(step: LawStep): void {
    this.act(step)
    this.model = new OffsetsModel(this.model)
    if (!isMove(step)) this.model.run(step, this.clock++)
    this.history.set(this.real.log.logEndOffset, this.model)
    this.check()
  }

  private act(step: LawStep): void {
    const { real } = this
    switch (step.do) {
      case 'commit':
        real.commit(step.group, step.topic, step.offset)
        return
      case 'write':
        real.write(step.producer, step.group, step.topic, step.offset)
        return
      case 'end':
        real.end(step.producer, step.committed)
        return
      case 'delete offsets':
        real.deleteOffsets(step.group, step.topics)
        return
      case 'delete group':
        real.deleteGroup(step.group)
        return
      case 'delete topic':
        real.deleteTopic(step.topic)
        return
      case 'move':
        real.move()
        return
      case 'lag':
        real.log.keepsUp = false
        return
      case 'catch up':
        real.log.keepsUp = true
        real.followersCatchUp()
    }
  }

  private check(): void {
    const asOfHighWatermark = this.history.get(this.real.log.highWatermark) as OffsetsModel
    for (const one of GROUPS) {
      expect(this.real.stable(one, TOPICS)).toEqual(this.model.toldStable(one))
      expect(this.real.committed(one, TOPICS)).toEqual(asOfHighWatermark.toldCommitted(one))
    }
  }
}

test('whatever is committed, written in transactions, ended, deleted and moved: offsets are what the model says', () => {
  fc.assert(
    fc.property(fc.array(lawStep, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
      const run = new Run()
      for (const one of steps) run.step(one)
    }),
    { numRuns: 200 },
  )
})
