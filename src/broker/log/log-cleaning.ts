import { RecordsError } from '../../protocol/records/records-error.ts'
import type { LogConfig } from '../config/log-config.ts'
import { type CleaningContext, clean } from './cleaner.ts'
import { type DirtyPart, dirtyPart, isWorthCleaning } from './dirty-part.ts'
import type { Log } from './log.ts'

/** What the cleaner goes by. */
export interface Cleaning extends CleaningContext {
  readonly config: LogConfig
  readonly lastStableOffset: number
}

/** How far a log is clean, and how it is cleaned (Kafka's `LogCleanerManager`, for one log). */
export class LogCleaning {
  private readonly log: Log
  private cleanedUpTo = 0
  /** Whether something was found that cannot be read: it is left alone until the broker is started anew. */
  private isUncleanable = false

  constructor(log: Log) {
    this.log = log
  }

  /** Cleans the log if it is compacted, and enough of it is dirty, or something has been so for too long. Whether it did. */
  clean(cleaning: Cleaning): boolean {
    const dirty = this.dirtyPart(cleaning)
    return dirty !== undefined && isWorthCleaning(dirty, cleaning.config) && this.cleanPart(dirty, cleaning)
  }

  /** Cleans all that may be cleaned, whatever segment it is in, if the log is compacted. */
  compact(cleaning: Cleaning): void {
    if (!cleaning.config.compact) return
    this.log.roll(cleaning.nowMs)
    this.log.splitAt(cleaning.lastStableOffset)
    const dirty = this.dirtyPart(cleaning)
    if (dirty !== undefined) this.cleanPart(dirty, cleaning)
  }

  /** Whether {@link clean} may find something later, though nothing is appended. */
  mayFindSomething(config: LogConfig): boolean {
    const { log } = this
    if (!config.compact || this.isUncleanable || log.segments.length < 2) return false
    const lagless = { ...config, minCompactionLagMs: 0 }
    const later = dirtyPart(log, this.cleanedUpTo, log.logEndOffset, lagless, Number.MAX_SAFE_INTEGER)
    return later !== undefined && isWorthCleaning(later, config)
  }

  truncatedTo(offset: number): void {
    this.cleanedUpTo = Math.min(this.cleanedUpTo, offset)
  }

  reopen(): void {
    this.isUncleanable = false
  }

  private dirtyPart({ config, lastStableOffset, nowMs }: Cleaning): DirtyPart | undefined {
    if (!config.compact || this.isUncleanable) return undefined
    return dirtyPart(this.log, this.cleanedUpTo, lastStableOffset, config, nowMs)
  }

  private cleanPart(dirty: DirtyPart, cleaning: Cleaning): boolean {
    try {
      clean(this.log, dirty, cleaning.config, cleaning)
    } catch (error) {
      if (!(error instanceof RecordsError)) throw error
      this.isUncleanable = true
      return false
    }
    this.cleanedUpTo = dirty.endOffset
    return true
  }
}
