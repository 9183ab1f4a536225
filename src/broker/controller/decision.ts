import type { BrokerConfig } from '../config/broker-config.ts'
import type { Random } from '../random.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { MetadataRecord } from './metadata-record.ts'
import type { RecordVersions } from './record-versions.ts'
import type { TopicNames } from './topic-names.ts'

/** What the controller has decided (law 4): records, which alone change what is remembered, and the answer once they are in the log. */
export interface MetadataDecision<T> {
  readonly records: readonly MetadataRecord[]
  readonly answer: T
}

/** A feature (KIP-584): the levels that its brokers support, and the one that the cluster runs at; 0 is not finalized. */
export interface ClusterFeature {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly finalized: number
}

/** What decisions are made from. A decision changes none of it. */
export interface ControllerState {
  readonly image: MetadataImage
  readonly topicNames: TopicNames
  readonly config: BrokerConfig
  /** What the cluster supports, and began with; what it runs at now the image says. */
  readonly features: readonly ClusterFeature[]
  /** Those of the metadata.version that the cluster runs at now. */
  readonly versions: RecordVersions
  readonly random: Random
}
