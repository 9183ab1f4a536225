import { KafkaError } from '../../protocol/errors.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'

/** Producer ids for one broker to hand out. */
export interface ProducerIdBlock {
  readonly start: number
  readonly length: number
}

/** Kafka's `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`. */
const BLOCK_LENGTH = 1000

/** AllocateProducerIds, KIP-730. */
export function decideProducerIds(
  brokerId: number,
  brokerEpoch: number,
  { image }: ControllerState,
): MetadataDecision<ProducerIdBlock> {
  const broker = image.broker(brokerId)
  if (broker === undefined) throw new KafkaError('BROKER_ID_NOT_REGISTERED')
  if (broker.epoch !== brokerEpoch) throw new KafkaError('STALE_BROKER_EPOCH')
  const start = image.nextProducerId
  return {
    records: [
      {
        type: 'ProducerIdsRecord',
        version: 0,
        value: { brokerId, brokerEpoch, nextProducerId: start + BLOCK_LENGTH },
      },
    ],
    answer: { start, length: BLOCK_LENGTH },
  }
}
