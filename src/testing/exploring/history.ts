import type { KafkaCluster } from '../../broker/cluster.ts'

/** What is known of a run when it is over. */
export interface Outcome<T = unknown> {
  /** All brokers run again, and nothing lies between them. */
  readonly cluster: KafkaCluster
  /** What `run` gave back. */
  readonly value: T
  /** What `acknowledged` was called with, in its order. */
  readonly acknowledged: readonly string[]
  /** How often `processed` was called with each. */
  readonly processed: ReadonlyMap<string, number>
}

/** What must hold whatever fails. */
export interface Law<T = unknown> {
  readonly name: string
  /** Throws, or gives `false` or what is wrong (text, or an error), where it does not hold. */
  readonly holds: (outcome: Outcome<T>) => unknown
}

/** Writes down what code under test says of itself. */
export class History {
  readonly acknowledged: string[] = []
  readonly processed: Map<string, number> = new Map()

  acknowledge(id: string): void {
    this.acknowledged.push(id)
  }

  process(id: string): void {
    this.processed.set(id, (this.processed.get(id) ?? 0) + 1)
  }
}
