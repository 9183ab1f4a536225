import type { ConsumedRecord, MemberEvents } from './client.ts'

interface Waiter {
  readonly what: string
  readonly holds: () => boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** What the members of one group owned and read, in the order in which they told it. */
export class Journal {
  readonly records: ConsumedRecord[] = []
  readonly #owned = new Map<string, ReadonlySet<number>>()
  readonly #waiters = new Set<Waiter>()
  #failure: { readonly error: unknown } | undefined

  /** The events of one member, to be handed to its client. */
  of(member: string): MemberEvents {
    return {
      assigned: (partitions) => {
        this.#owned.set(member, new Set(partitions))
        this.#ask()
      },
      consumed: (record) => {
        this.records.push(record)
        this.#ask()
      },
      failed: (error) => {
        this.#failure = { error: new Error(`member ${member} gave up`, { cause: error }) }
        this.#ask()
      },
    }
  }

  /** What each member that owns anything owns. */
  ownership(): ReadonlySet<number>[] {
    return [...this.#owned.values()].filter((partitions) => partitions.size > 0)
  }

  /** What this member owns. */
  owned(member: string): ReadonlySet<number> {
    return this.#owned.get(member) ?? new Set()
  }

  /** A member that has left says nothing more; what it owned is nobody's. */
  left(member: string): void {
    this.#owned.delete(member)
    this.#ask()
  }

  /** For each partition, the offset after the last record read. */
  ends(): Map<number, number> {
    const ends = new Map<number, number>()
    for (const { partition, offset } of this.records)
      ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1))
    return ends
  }

  /** Resolves as soon as what is told makes the condition hold; rejects when a member gives up. */
  until(what: string, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.add({ what, holds, resolve, reject })
      this.#ask()
    })
  }

  /** What is waited for and how far things are: for the reader of a test that hangs. */
  describe(): string {
    const waiting = [...this.#waiters].map((waiter) => waiter.what).join(', ') || 'nothing'
    const owned = [...this.#owned].map(([member, partitions]) => `${member} owns [${[...partitions]}]`).join(', ')
    const ends = [...this.ends()].map(([partition, end]) => `${partition}:${end}`).join(' ')
    return `waiting for ${waiting}; ${owned}; ${this.records.length} records read, up to ${ends}`
  }

  #ask(): void {
    for (const waiter of this.#waiters) {
      if (this.#failure) waiter.reject(this.#failure.error)
      else if (waiter.holds()) waiter.resolve()
      else continue
      this.#waiters.delete(waiter)
    }
  }
}
