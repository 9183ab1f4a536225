/** The values that configs and calls speak in, by Sarama's names for them. */

/** How many acknowledgements a produced record waits for: `acks` of Kafka's producer. */
export type RequiredAcks = 0 | 1 | -1
/** Waits for nothing: the broker does not answer, and what it lost is not known. */
export const NoResponse: RequiredAcks = 0
/** Waits for the leader alone. */
export const WaitForLocal: RequiredAcks = 1
/** Waits for all in-sync replicas, of which `min.insync.replicas` says how many there must be. */
export const WaitForAll: RequiredAcks = -1

export type CompressionCodec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
export const CompressionNone: CompressionCodec = 'none'
export const CompressionGZIP: CompressionCodec = 'gzip'
export const CompressionSnappy: CompressionCodec = 'snappy'
export const CompressionLZ4: CompressionCodec = 'lz4'
export const CompressionZSTD: CompressionCodec = 'zstd'
/** The level that the codec has for its own. */
export const CompressionLevelDefault = -1000

/** The offset of the record that will be produced next: only what is new is read. */
export const OffsetNewest = -1
/** The offset of the oldest record that is still there. */
export const OffsetOldest = -2

export type IsolationLevel = 0 | 1
/** Everything below the high watermark is read, transactions or not. */
export const ReadUncommitted: IsolationLevel = 0
/** Of transactions only those that were committed are read. */
export const ReadCommitted: IsolationLevel = 1

export type SASLMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'
export const SASLTypePlaintext: SASLMechanism = 'PLAIN'
export const SASLTypeSCRAMSHA256: SASLMechanism = 'SCRAM-SHA-256'
export const SASLTypeSCRAMSHA512: SASLMechanism = 'SCRAM-SHA-512'
export const SASLTypeOAuth: SASLMechanism = 'OAUTHBEARER'
