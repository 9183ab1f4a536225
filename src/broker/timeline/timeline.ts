import type { TimelineEntry } from './timeline-entry.ts'

/** What is told of: all that is named must hold. */
export interface StoryAbout {
  readonly topic?: string
  readonly group?: string
  readonly clientId?: string
}

/** How much is told, and of what. */
export interface StoryOptions {
  /** At most so many lines. Default: 20. */
  readonly last?: number
  /** Default: everything. Faults, brokers and the network are told of in any case. */
  readonly about?: StoryAbout
}

/** What happened in a cluster, in its order. Recorded where the cluster was started with `timeline: true`; empty otherwise. */
export class Timeline {
  /** Whether anything is recorded. */
  get isRecording(): boolean {
    return false
  }

  /** What happened, the oldest first: plain data. What was too much is not there any more. */
  get entries(): readonly TimelineEntry[] {
    return []
  }

  /** All of it as text, a line for each entry. */
  toString(): string {
    return ''
  }

  /**
   * In short: errors, faults and changes of state are kept, and what went as it should is put together. Empty where nothing is recorded.
   *
   * ```ts
   * cluster.timeline.story({ about: { group: 'billing' } })
   * ```
   */
  story(_options: StoryOptions = {}): string {
    return ''
  }

  /** Forgets what happened so far. */
  clear(): void {}
}
