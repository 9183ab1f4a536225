import { ErrorCode } from '../protocol/errors.ts'
import { Metadata, type MetadataResponse } from '../protocol/messages/metadata.ts'
import { abortable } from './abortable.ts'
import { askAnyone } from './ask-anyone.ts'
import type { Brokers } from './brokers.ts'
import type { Config } from './config/config.ts'
import { ErrIncompleteResponse, ErrOutOfBrokers } from './errors/client-errors.ts'
import { kafkaError, throwIf } from './errors/kafka-error.ts'
import type { Lifetime } from './lifetime.ts'
import type { ClusterMetadata } from './metadata.ts'
import { metadataRequest } from './metadata-request.ts'
import type { ConnectedBroker } from './network/connected-broker.ts'
import type { Timer } from './time.ts'

/** Asks brokers for metadata, when it is needed and from time to time, and has it noted. */
export class MetadataRefresh {
  private readonly config: Config
  private readonly lifetime: Lifetime
  private readonly brokers: Brokers
  private readonly metadata: ClusterMetadata
  /** Topics that were asked for: what is refreshed where `metadata.full` is false. */
  private readonly used = new Set<string>()
  /** What is under way, by what it asks for. */
  private readonly underWay = new Map<string, Promise<void>>()
  private timer: Timer | undefined

  constructor(config: Config, lifetime: Lifetime, brokers: Brokers, metadata: ClusterMetadata) {
    this.config = config
    this.lifetime = lifetime
    this.brokers = brokers
    this.metadata = metadata
  }

  /** Refreshes what is used every `metadata.refreshFrequency`, until {@link stop}. */
  start(): void {
    const { refreshFrequency } = this.config.metadata
    if (refreshFrequency <= 0) return
    this.timer = this.config.clock.setTimer(refreshFrequency, () => {
      this.start()
      // What fails is asked for again when it is needed, or next time.
      this.refresh([], undefined).catch(() => {})
    })
  }

  stop(): void {
    this.timer?.cancel()
  }

  /** With retries, and none of topics alone: of all that are used. @throws what brokers say of one of the topics */
  async refresh(topics: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    for (const topic of topics) this.used.add(topic)
    const wanted = topics.length > 0 ? [...topics] : this.config.metadata.full ? null : [...this.used]
    await this.lifetime.retrying(signal, async (signal) => {
      await this.once(wanted, signal)
      for (const topic of topics) this.metadata.check(topic)
    })
  }

  /** Without retries; of all topics for null. Topics' own errors are noted with them, and not thrown. Who asks for the same meanwhile shares it. */
  once(topics: readonly string[] | null, signal: AbortSignal | undefined): Promise<void> {
    const key = topics === null ? '*' : JSON.stringify([...topics].sort())
    let refresh = this.underWay.get(key)
    if (refresh === undefined) {
      refresh = this.ask(topics).finally(() => this.underWay.delete(key))
      this.underWay.set(key, refresh)
      refresh.catch(() => {})
    }
    return abortable(refresh, signal)
  }

  private async ask(topics: readonly string[] | null): Promise<void> {
    const { clock, metadata } = this.config
    const limit = new AbortController()
    const timer =
      metadata.timeout > 0 ? clock.setTimer(metadata.timeout, () => limit.abort(new ErrOutOfBrokers())) : undefined
    const release = this.lifetime.aborts(limit)
    const { signal } = limit
    try {
      const answer = await askAnyone(this.brokers, signal, (broker) => this.askBroker(broker, topics, signal))
      this.brokers.placeAll(answer.brokers.map(({ nodeId: id, host, port, rack }) => ({ id, host, port, rack })))
      this.metadata.update(answer, topics === null)
    } finally {
      timer?.cancel()
      release()
    }
  }

  private async askBroker(
    broker: ConnectedBroker,
    topics: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<MetadataResponse> {
    const body = metadataRequest(topics, this.config.metadata.allowAutoTopicCreation)
    const answer = await broker.send(Metadata, body, { signal })
    if (answer.errorCode === ErrorCode.REBOOTSTRAP_REQUIRED) {
      // KIP-1102: what is known of the brokers is of no use any more.
      this.brokers.seedAgain()
      throw new ErrOutOfBrokers([kafkaError(answer.errorCode)])
    }
    throwIf(answer.errorCode)
    if (answer.brokers.length === 0) throw new ErrIncompleteResponse('brokers')
    return answer
  }
}
