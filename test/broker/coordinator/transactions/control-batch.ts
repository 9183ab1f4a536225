import type { Partition } from '../../../../src/broker/replication/partition.ts'
import { readEndTransactionMarker } from '../../../../src/protocol/records/control-record.ts'
import { readBatches } from '../../../../src/protocol/records/record-batch.ts'

/** The last batch of a partition, which is a marker. */
export const ControlBatch = {
  last(partition: Partition): unknown {
    const { records } = partition.read({
      offset: partition.logEndOffset - 1,
      maxBytes: 1000,
      minOneMessage: true,
      isolation: 'log-end',
    })
    const [batch] = readBatches(Buffer.concat(records))
    const [record] = batch?.records() ?? []
    if (batch === undefined || record === undefined || !batch.isControl) return undefined
    const { producerId, producerEpoch } = batch
    return { producerId, producerEpoch, ...readEndTransactionMarker(record) }
  },
}
