import { inspect } from 'node:util'
import { aligned, lineOf } from './lines.ts'
import type { TimelineRecorder } from './recorder.ts'
import { type StoryOptions, storyOf } from './story.ts'
import type { TimelineEntry } from './timeline-entry.ts'

/** What happened in a cluster, in its order. Recorded where the cluster was started with `timeline: true`; empty otherwise. */
export class Timeline {
  readonly #recorder: TimelineRecorder | undefined

  static {
    // console.log shows what happened.
    const show = function (this: Timeline): string {
      return this.isRecording ? `Timeline\n${this.toString()}` : 'Timeline (not recording)'
    }
    Object.defineProperty(Timeline.prototype, inspect.custom, { value: show })
  }

  /** @internal */
  constructor(recorder: TimelineRecorder | undefined) {
    this.#recorder = recorder
  }

  /** Whether anything is recorded. */
  get isRecording(): boolean {
    return this.#recorder !== undefined
  }

  /** What happened, the oldest first: plain data. Of what was too much the oldest that tells least is not there any more. */
  get entries(): readonly TimelineEntry[] {
    return this.#recorder?.entries ?? []
  }

  /** How many entries there was no room for. */
  get dropped(): number {
    return this.#recorder?.dropped ?? 0
  }

  /** All of it as text, a line for each entry. */
  toString(): string {
    const { dropped } = this
    const lines = this.entries.map(lineOf)
    return aligned(
      dropped === 0 ? lines : [`(${dropped} more were let go of, of which the oldest tell least)`, ...lines],
    )
  }

  /**
   * In short: errors, faults and changes of state are kept, and what went as it should is put together. Empty where nothing is recorded.
   *
   * ```ts
   * cluster.timeline.story({ about: { group: 'billing' } })
   * ```
   * @throws TypeError for options that there are not
   */
  story(options: StoryOptions = {}): string {
    return storyOf(this.entries, options)
  }

  /** Forgets what happened so far. */
  clear(): void {
    this.#recorder?.clear()
  }
}
