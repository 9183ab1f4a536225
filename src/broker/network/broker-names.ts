import type { Entity } from '../../intercept/entity.ts'
import type { Names } from '../../intercept/request-entries.ts'
import type { Broker } from '../broker.ts'

/** What a broker knows of topics and fetch sessions, by its own image of the cluster. */
export class BrokerNames implements Names {
  private readonly broker: Broker

  constructor(broker: Broker) {
    this.broker = broker
  }

  topicName(topicId: string): string | undefined {
    return this.broker.image.topicById(topicId)?.name
  }

  topicId(topicName: string): string | undefined {
    return this.broker.image.topic(topicName)?.id
  }

  fetchSession(sessionId: number, sessionEpoch: number): Entity[] | undefined {
    // No session has an id below zero, and the cache does not like to be asked for one.
    const session = sessionId > 0 ? this.broker.fetchSessions.find(sessionId) : undefined
    if (session === undefined || session.epoch !== sessionEpoch) return undefined
    return [...session.partitions].map(({ isNamed, topic, topicId, index }) => ({
      ...(isNamed ? { topic } : {}),
      ...(topicId === undefined ? {} : { topicId }),
      partition: index,
    }))
  }
}
