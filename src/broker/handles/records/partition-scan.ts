import type { KafkaRecord } from '../../../protocol/records/record.ts'
import { RecordBatch } from '../../../protocol/records/record-batch.ts'
import type { AbortedTransaction } from '../../log/transactions.ts'
import type { Partition } from '../../replication/partition.ts'
import { type ClusterView, endOfEpoch, leaderReplica } from '../cluster-view.ts'
import type { RecordsOptions } from './records-options.ts'

/** Looks through one partition as a consumer does: at each look only at what it has not seen yet. */
export class PartitionScan {
  readonly topic: string
  readonly index: number
  /** What was found and is still kept, by offset. */
  found: KafkaRecord[] = []
  /** What of it the last look has found. */
  fresh: readonly KafkaRecord[] = []
  private readonly view: ClusterView
  private readonly isolation: 'committed' | 'high-watermark'
  private position = 0
  /** Whose log it is that was looked through, and which of its leaders wrote what was seen last. */
  private topicId: string | undefined
  private leaderEpoch = -1
  private writtenIn = -1

  constructor(view: ClusterView, topic: string, index: number, isolation: RecordsOptions['isolation']) {
    this.view = view
    this.topic = topic
    this.index = index
    this.isolation = isolation === 'read_committed' ? 'committed' : 'high-watermark'
  }

  /** Takes what has come. Nothing while nobody leads the partition. */
  look(): void {
    this.fresh = []
    const partition = leaderReplica(this.view, this.topic, this.index)
    if (partition === undefined) return
    const { logStartOffset, topicId, leaderEpoch } = partition
    if (topicId !== this.topicId) this.keepBelow(0)
    // Another leader may have lost some of it (KIP-101).
    else if (leaderEpoch !== this.leaderEpoch) this.keepBelow(endOfEpoch(partition, this.writtenIn))
    this.topicId = topicId
    this.leaderEpoch = leaderEpoch
    if (logStartOffset > this.position) this.position = logStartOffset
    if (logStartOffset > (this.found[0]?.offset ?? logStartOffset)) {
      this.found = this.found.filter(({ offset }) => offset >= logStartOffset)
    }
    this.fresh = [...this.read(partition)]
    for (const record of this.fresh) this.found.push(record)
  }

  private keepBelow(offset: number): void {
    if (this.position <= offset) return
    this.position = offset
    this.found = this.found.filter((record) => record.offset < offset)
  }

  private *read(partition: Partition): Generator<KafkaRecord, void, undefined> {
    const { isolation } = this
    const end = partition.endFor(isolation)
    const from = this.position
    while (this.position < end) {
      const limits = { maxBytes: Number.MAX_SAFE_INTEGER, minOneMessage: true, wholeBatches: true }
      const { records, abortedTransactions = [] } = partition.read({ offset: this.position, isolation, ...limits })
      if (records.length === 0) return
      for (const bytes of records) {
        const batch = new RecordBatch(bytes)
        this.position = batch.nextOffset
        this.writtenIn = batch.partitionLeaderEpoch
        if (batch.isControl || isAborted(batch, abortedTransactions)) continue
        // A log may begin in the middle of a batch (KIP-107).
        for (const record of batch.records()) if (record.offset >= from) yield record
      }
    }
  }
}

/** Whether what a batch holds was aborted; of the transactions that were aborted in what was read. */
export function isAborted(batch: RecordBatch, aborted: readonly AbortedTransaction[]): boolean {
  if (!batch.isTransactional || aborted.length === 0) return false
  const { producerId, baseOffset } = batch
  return aborted.some(
    (one) => one.producerId === producerId && one.firstOffset <= baseOffset && baseOffset <= one.lastOffset,
  )
}
