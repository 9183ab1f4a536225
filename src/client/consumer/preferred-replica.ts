import type { Config } from '../config/config.ts'
import { elapsed } from '../time.ts'

/** How long a replica is read from where metadata is never refreshed, in ms (Java's `metadata.max.age.ms` has no such case; Sarama takes its default). */
const LEASE_MS = 600_000

/** For how long a replica is read from that the leader has named (KIP-392): then the leader is asked again. */
export class PreferredReplica {
  private readonly config: Config
  /** As `elapsed` counts; undefined while the leader is read from. */
  private until: number | undefined
  private hasServed = false

  constructor(config: Config) {
    this.config = config
  }

  get isNamed(): boolean {
    return this.until !== undefined
  }

  /** Whether it is time to ask the leader again. */
  get isDue(): boolean {
    return this.until !== undefined && elapsed(this.config.clock) >= this.until
  }

  /** Whether nothing has come of it yet. */
  get isUntried(): boolean {
    return this.isNamed && !this.hasServed
  }

  named(): void {
    const { clock, metadata } = this.config
    this.until = elapsed(clock) + (metadata.refreshFrequency > 0 ? metadata.refreshFrequency : LEASE_MS)
    this.hasServed = false
  }

  served(): void {
    this.hasServed = true
  }

  forget(): void {
    this.until = undefined
  }
}
