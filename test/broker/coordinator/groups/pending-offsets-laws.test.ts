import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OffsetsDriver, type Told } from './offsets-driver.ts'

const GROUPS = ['g', 'h']
const TOPICS = ['a', 'b', 'c']
const PRODUCERS = [1, 2, 3]

type Step =
  | { readonly do: 'commit'; readonly group: string; readonly topic: string; readonly offset: number }
  | {
      readonly do: 'write'
      readonly producer: number
      readonly group: string
      readonly topic: string
      readonly offset: number
    }
  | { readonly do: 'end'; readonly producer: number; readonly committed: boolean }
  | { readonly do: 'delete offsets'; readonly group: string; readonly topics: readonly string[] }
  | { readonly do: 'delete group'; readonly group: string }
  | { readonly do: 'delete topic'; readonly topic: string }
  | { readonly do: 'move' | 'lag' | 'catch up' }

const group = fc.constantFrom(...GROUPS)
const topic = fc.constantFrom(...TOPICS)
const producer = fc.constantFrom(...PRODUCERS)
const offset = fc.nat(99)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), group, topic, offset }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('write' as const), producer, group, topic, offset }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('end' as const), producer, committed: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('delete offsets' as const), group, topics: fc.subarray(TOPICS) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete group' as const), group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete topic' as const), topic }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('move' as const, 'lag' as const, 'catch up' as const) }) },
)

/** An offset, and the moment at which it was written: committed or not, the later one counts. */
interface Written {
  readonly offset: number
  readonly at: number
}

/** What Kafka says of offsets, in maps: what is committed, and what each producer's transaction wants to commit. */
class OffsetsModel {
  readonly committed: Map<string, Written>
  readonly pending: Map<number, Map<string, Written>>

  constructor(of?: OffsetsModel) {
    this.committed = new Map(of?.committed)
    this.pending = new Map([...(of?.pending ?? [])].map(([id, offsets]) => [id, new Map(offsets)]))
  }

  run(step: Step, at: number): void {
    switch (step.do) {
      case 'commit':
        this.committed.set(`${step.group}:${step.topic}`, { offset: step.offset, at })
        return
      case 'write': {
        const offsets = this.pending.get(step.producer) ?? new Map<string, Written>()
        offsets.set(`${step.group}:${step.topic}`, { offset: step.offset, at })
        this.pending.set(step.producer, offsets)
        return
      }
      case 'end':
        for (const [key, written] of this.pending.get(step.producer) ?? []) {
          if (step.committed && written.at > (this.committed.get(key)?.at ?? -1)) this.committed.set(key, written)
        }
        this.pending.delete(step.producer)
        return
      case 'delete offsets':
        for (const one of step.topics) this.forget(`${step.group}:${one}`)
        return
      case 'delete group':
        for (const one of TOPICS) this.forget(`${step.group}:${one}`)
        return
      case 'delete topic':
        for (const one of GROUPS) this.forget(`${one}:${step.topic}`)
    }
  }

  toldCommitted(groupId: string): Told[] {
    return TOPICS.map((one) => this.committed.get(`${groupId}:${one}`)?.offset ?? -1)
  }

  toldStable(groupId: string): Told[] {
    return TOPICS.map((one) => {
      const key = `${groupId}:${one}`
      const open = [...this.pending.values()].some((offsets) => offsets.has(key))
      return open ? 'UNSTABLE' : (this.committed.get(key)?.offset ?? -1)
    })
  }

  private forget(key: string): void {
    this.committed.delete(key)
    for (const offsets of this.pending.values()) offsets.delete(key)
  }
}

/** Runs the real thing beside the model, and holds one against the other after every step. */
class Run {
  private readonly real = new OffsetsDriver()
  /** What is so as of each end of the log. */
  private readonly history = new Map<number, OffsetsModel>([[0, new OffsetsModel()]])
  private model = new OffsetsModel()
  private clock = 0

  step(step: Step): void {
    this.act(step)
    this.model = new OffsetsModel(this.model)
    this.model.run(step, this.clock++)
    this.history.set(this.real.log.logEndOffset, this.model)
    this.check()
  }

  private act(step: Step): void {
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
    fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
      const run = new Run()
      for (const one of steps) run.step(one)
    }),
    { numRuns: 200 },
  )
})
