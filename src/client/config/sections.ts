/** The sections of the config's tree, key by key. Times are milliseconds, sizes are bytes. */
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import type { ConsumerInterceptor } from '../consumer/consumer-message.ts'
import type { BalanceStrategy } from '../group/strategies/index.ts'
import type { PartitionerConstructor } from '../producer/partitioners/partitioner.ts'
import type { ProducerInterceptor } from '../producer/producer-message.ts'
import type { CompressionCodec, IsolationLevel, RequiredAcks, SASLMechanism } from './options.ts'

/** Opens a connection: a stream of bytes each way. What it cannot open is an `error` of the stream, or thrown. */
export type Dial = (host: string, port: number, options: { readonly signal: AbortSignal }) => Duplex

/** How long to wait before a retry, in ms; `retries` counts from 1. */
export type BackoffFunc = (retries: number, maxRetries: number) => number

/** A token for OAUTHBEARER (KIP-255). */
export interface AccessToken {
  readonly token: string
  /** What goes with it (KIP-342), e.g. `{ traceId: '123' }`. */
  readonly extensions?: Readonly<Record<string, string>>
}

/** Gives the token of each connection as it is opened. */
export interface AccessTokenProvider {
  token(): AccessToken | Promise<AccessToken>
}

export interface SASLConfig {
  /** Whether to authenticate at all. Default: false. */
  enable: boolean
  /** Default: PLAIN. */
  mechanism: SASLMechanism
  /** 0: the tokens go unframed after SaslHandshake v0, as before Kafka 1.0; 1 (the default): in SaslAuthenticate (KIP-152). */
  version: 0 | 1
  /** Whether SaslHandshake is sent; some that are not Kafka do not know it. Default: true. */
  handshake: boolean
  /** The authorization id of PLAIN, when it is not the user. Default: empty. */
  authIdentity: string
  user: string
  password: string
  /** The authorization id of SCRAM, when it is not the user. Default: empty. */
  scramAuthzID: string
  /** Of OAUTHBEARER. */
  tokenProvider: AccessTokenProvider | null
}

export interface NetConfig {
  /** How many requests may wait for their answer on one connection. Default: 5. */
  maxOpenRequests: number
  /** How long to wait for a connection, TLS and SASL included, in ms. Default: 30000. */
  dialTimeout: number
  /** How long to wait for an answer, in ms; what the request itself asks the broker to wait comes on top. Default: 30000. */
  readTimeout: number
  /** How long to wait until a request is sent, in ms. Default: 30000. */
  writeTimeout: number
  /** The largest answer that is taken, in bytes (Sarama's MaxResponseSize). Default: 104857600. */
  maxResponseSize: number
  /** The largest request that is sent, in bytes (Sarama's MaxRequestSize). Default: 104857600. */
  maxRequestSize: number
  tls: {
    /** Default: false. */
    enable: boolean
    /** As `tls.connect` takes them: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`, … */
    config: ConnectionOptions
  }
  sasl: SASLConfig
  /** How long until a TCP connection that is idle is probed, in ms; 0: not at all. Default: 0. */
  keepAlive: number
  /** Opens connections (Sarama's Proxy.Dialer). With TLS, it is asked for the stream that TLS then runs on. Default: TCP. */
  dial: Dial | null
}

export interface RetryConfig {
  /** How often to try again after the first time. */
  max: number
  /** How long to wait before, in ms. */
  backoff: number
  /** In place of `backoff`, when given. */
  backoffFunc: BackoffFunc | null
}

export interface MetadataConfig {
  /** Default: 3 times, after 250 ms. */
  retry: RetryConfig
  /** How often metadata is refreshed in the background, in ms; 0: never. Default: 600000. */
  refreshFrequency: number
  /** Whether metadata is kept of all topics, or only of those that were used. Default: true. */
  full: boolean
  /** How long a refresh may take with all its retries, in ms; 0: as long as they take. Default: 0. */
  timeout: number
  /** Whether a topic that is asked for may be created by the broker (`auto.create.topics.enable`). Default: true. */
  allowAutoTopicCreation: boolean
}

export interface AdminConfig {
  /** Of requests that may be sent again. Default: 5 times, after 100 ms. */
  retry: { max: number; backoff: number }
  /** How long the cluster may take over an admin's request, in ms. Default: 3000. */
  timeout: number
}

export interface ProducerConfig {
  /** The largest message, in bytes of its encoding (`max.message.bytes` says what the broker takes). Default: 1048576. */
  maxMessageBytes: number
  /** Default: WaitForLocal. */
  requiredAcks: RequiredAcks
  /** How long the broker may wait for `requiredAcks`, in ms. Default: 10000. */
  timeout: number
  /** Default: CompressionNone. */
  compression: CompressionCodec
  /** gzip 1 to 9, zstd -131072 to 22. Default: CompressionLevelDefault. */
  compressionLevel: number
  /** Default: newHashPartitioner. */
  partitioner: PartitionerConstructor
  /** Whether the broker keeps out what is sent twice (KIP-98). Default: false. */
  idempotent: boolean
  transaction: {
    /** `transactional.id`; empty: no transactions. */
    id: string
    /** After how long without an end the broker aborts a transaction, in ms. Default: 60000. */
    timeout: number
    /** Default: 50 times, after 100 ms. */
    retry: RetryConfig
  }
  return: {
    /** Whether messages come back by `successes`, which then must be read. Default: false. */
    successes: boolean
    /** Whether messages that failed come back by `errors`, which then must be read. Default: true. */
    errors: boolean
  }
  flush: {
    /** So many bytes are sent at once when they are there; 0: no matter how many. Default: 0. */
    bytes: number
    /** So many messages are sent at once when they are there; 0: no matter how many. Default: 0. */
    messages: number
    /** What is there is sent after so many ms in any case; 0: only when `bytes` or `messages` say so, or at once without them. Default: 0. */
    frequency: number
    /** No more messages than these in one request; 0: as many as fit. Default: 0. */
    maxMessages: number
  }
  /** Default: 3 times, after 100 ms. */
  retry: RetryConfig
  /** See every message before it is partitioned, in this order. */
  interceptors: ProducerInterceptor[]
}

export interface ConsumerConfig {
  group: {
    /** After how long without a heartbeat a member is out, in ms (`session.timeout.ms`). Default: 10000. */
    session: { timeout: number }
    /** In ms; at most a third of the session's timeout. Default: 3000. */
    heartbeat: { interval: number }
    rebalance: {
      /** In the order of preference. Default: [newBalanceStrategyRange()]. */
      groupStrategies: BalanceStrategy[]
      /** How long members have to join again, and handlers to end, in ms (`rebalance.timeout.ms`). Default: 60000. */
      timeout: number
      /** Of joining, after an error. Default: 4 times, after 2000 ms. */
      retry: { max: number; backoff: number }
    }
    /** What the leader's strategy is told of this member. */
    member: { userData: Uint8Array | null }
    /** `group.instance.id` (KIP-345); empty: a dynamic member. */
    instanceId: string
    /** Whether an offset that is out of range is set to `offsets.initial`, or is an error. Default: true. */
    resetInvalidOffsets: boolean
  }
  retry: {
    /** How long to wait after a partition could not be read, in ms. Default: 2000. */
    backoff: number
    /** In place of `backoff`, when given; `retries` counts from 1. */
    backoffFunc: ((retries: number) => number) | null
    /** After how many failures in a row a partition consumer gives up; 0: never. Default: 0. */
    max: number
  }
  fetch: {
    /** The broker answers when so many bytes are there (`fetch.min.bytes`). Default: 1. */
    min: number
    /** How many bytes of one partition are asked for (`max.partition.fetch.bytes`). Default: 1048576. */
    default: number
    /** How many bytes a message may have; 0: any number. Default: 0. */
    max: number
    /** How many bytes an answer may have in all (`fetch.max.bytes`). Default: 52428800. */
    maxBytes: number
  }
  /** How long the broker waits for `fetch.min`, in ms (`fetch.max.wait.ms`). Default: 500. */
  maxWaitTime: number
  /** Sarama's: how long a reader may leave a partition's messages unread before it is left out of fetches, in ms. Here a slow reader never holds
   * up others, since no partition is fetched whose messages are unread; the key is kept for its name. Default: 100. */
  maxProcessingTime: number
  return: {
    /** Whether errors come by `errors`, which then must be read; else they are dropped. Default: false. */
    errors: boolean
  }
  offsets: {
    /** The older name of `autoCommit.interval`: set, it is taken in its place, in ms. Default: 0, not set. */
    commitInterval: number
    autoCommit: {
      /** Default: true. */
      enable: boolean
      /** In ms. Default: 1000. */
      interval: number
    }
    /** Where to begin without a committed offset: OffsetNewest (the default) or OffsetOldest. */
    initial: number
    /** How long the broker keeps committed offsets, in ms; 0: as it is configured to. Brokers since 2.1 do not look at it. Default: 0. */
    retention: number
    /**
     * Of commits. Default: 3 times. A try may have to look for the coordinator first, with `metadata.retry`; none is begun later than
     * `max` + 1 times `net.readTimeout` after the first, so that the retries of both do not multiply while a cluster answers nothing.
     */
    retry: { max: number }
  }
  /** Default: ReadUncommitted. */
  isolationLevel: IsolationLevel
  /** See every message before the reader does, in this order. */
  interceptors: ConsumerInterceptor[]
}
