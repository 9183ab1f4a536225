import type { Admin, Kafka } from 'kafkajs'

/** Raises an alert when a group is too far behind in a topic. */
export class LagMonitor {
  private readonly admin: Admin
  private readonly alert: (lag: number) => void

  constructor(client: Kafka, alert: (lag: number) => void) {
    this.admin = client.admin()
    this.alert = alert
  }

  start(): Promise<void> {
    return this.admin.connect()
  }

  stop(): Promise<void> {
    return this.admin.disconnect()
  }

  async check(groupId: string, topic: string, limit: number): Promise<void> {
    const ends = await this.admin.fetchTopicOffsets(topic)
    const [committed] = await this.admin.fetchOffsets({ groupId, topics: [topic] })
    let lag = 0
    for (const { partition, low, high } of ends) {
      const offset = committed?.partitions.find((one) => one.partition === partition)?.offset ?? '-1'
      lag += Number(high) - Number(offset === '-1' ? low : offset)
    }
    if (lag > limit) this.alert(lag)
  }
}
