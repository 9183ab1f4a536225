import type { PartitionData } from '../../protocol/messages/fetch.ts'
import { MAX_INT32 } from '../../protocol/records/batch-layout.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { Config } from '../config/config.ts'
import { ReadCommitted } from '../config/options.ts'
import { ErrInvalidMessage } from '../errors/kafka-errors.ts'
import { AbortedTransactions } from './aborted-transactions.ts'
import type { Source } from './batch-reader.ts'
import { surveyBatches } from './batch-survey.ts'
import type { WantedPartition } from './fetch-session.ts'
import { FetchedRecords } from './fetched-records.ts'

/** The first version of Fetch whose answers have at least one whole batch, whatever its size (KIP-74). */
const FIRST_WITH_WHOLE_BATCHES = 3

/** Where the fetches of a partition are: ahead of its reader by what was fetched and not read. */
export class FetchPosition {
  /** The next one to be fetched. */
  offset: number
  /** Of the partition's leader, as metadata has it; -1: not known. */
  leaderEpoch = -1
  /** Whether what comes next is no batch: it is not fetched again before its reader has seen so. */
  isBlocked = false
  private readonly source: Source
  private readonly config: Config
  /** Of the last batch; -1: not known. */
  private lastEpoch = -1
  /** In bytes. */
  private size: number

  constructor(source: Source, offset: number, config: Config) {
    this.source = source
    this.offset = offset
    this.config = config
    this.size = config.consumer.fetch.default
  }

  wanted(topicId: string | undefined): WantedPartition {
    const { topic, partition } = this.source
    return {
      topic,
      topicId: topicId ?? ZERO_UUID,
      partition,
      fetchOffset: this.offset,
      currentLeaderEpoch: this.leaderEpoch,
      lastFetchedEpoch: this.lastEpoch,
      partitionMaxBytes: this.size,
    }
  }

  /** Goes on at another offset than after what was fetched. */
  moveTo(offset: number): void {
    this.offset = offset
    this.lastEpoch = -1
    this.isBlocked = false
  }

  /**
   * Takes what was fetched, and goes on after it.
   * @returns the records, if there are any; 'too large' when the next batch has no room in `consumer.fetch.max`, and is passed over
   * @throws KafkaError CORRUPT_MESSAGE for batches that all lie before what was asked for
   */
  take(
    { records, abortedTransactions, highWatermark }: PartitionData,
    version: number,
  ): FetchedRecords | 'too large' | undefined {
    const bytes = records?.length === 1 ? (records[0] as Buffer) : Buffer.concat(records ?? [])
    if (bytes.length === 0) {
      // What a broker cuts off, and then has to convert for an old version, is nothing.
      return version < FIRST_WITH_WHOLE_BATCHES && this.offset < highWatermark ? this.grow(0) : undefined
    }
    const survey = surveyBatches(bytes)
    const from = this.offset
    if (survey.nextOffset === undefined) {
      if (!survey.isBroken) return this.grow(survey.cutOffSize)
    } else if (survey.nextOffset <= from) {
      throw new ErrInvalidMessage(
        `the broker sent batches up to offset ${survey.nextOffset - 1} where ${from} was asked for`,
      )
    } else {
      this.offset = survey.nextOffset
      this.lastEpoch = survey.leaderEpoch
    }
    this.isBlocked = survey.isBroken
    this.size = this.config.consumer.fetch.default
    const isFiltered = this.config.consumer.isolationLevel === ReadCommitted && (abortedTransactions ?? []).length > 0
    const aborted = isFiltered ? new AbortedTransactions(abortedTransactions ?? []) : undefined
    return new FetchedRecords(this.source, bytes, survey, from, aborted)
  }

  /** Before KIP-74 an answer had no batch that was larger than what was asked for, but its beginning. */
  private grow(wantedSize: number): 'too large' | undefined {
    const limit = this.config.consumer.fetch.max > 0 ? this.config.consumer.fetch.max : MAX_INT32
    if (this.size >= limit) {
      this.moveTo(this.offset + 1)
      return 'too large'
    }
    this.size = Math.min(limit, Math.max(wantedSize, this.size * 2))
    return undefined
  }
}
