import fc from 'fast-check'
import type { Told } from './offsets-driver.ts'

export const GROUPS: readonly string[] = ['g', 'h']
export const TOPICS: readonly string[] = ['a', 'b', 'c']
const PRODUCERS = [1, 2, 3]

/** What is done to the offsets of two groups. */
export type Step =
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

const group = fc.constantFrom(...GROUPS)
const topic = fc.constantFrom(...TOPICS)
const producer = fc.constantFrom(...PRODUCERS)
const offset = fc.nat(99)

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), group, topic, offset }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('write' as const), producer, group, topic, offset }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('end' as const), producer, committed: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('delete offsets' as const), group, topics: fc.subarray([...TOPICS]) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete group' as const), group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete topic' as const), topic }) },
)

/** An offset, and the moment at which it was written: committed or not, the later one counts. */
interface Written {
  readonly offset: number
  readonly at: number
}

/** What Kafka says of offsets, in maps: what is committed, and what each producer's transaction wants to commit. */
export class OffsetsModel {
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
