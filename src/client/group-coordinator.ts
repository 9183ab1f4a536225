import type { Broker } from './broker.ts'
import type { Client } from './client.ts'

/** The coordinator of a group, wherever it is. */
export class GroupCoordinator {
  private readonly client: Client
  private readonly group: string
  private isStale = false

  constructor(client: Client, group: string) {
    this.client = client
    this.group = group
  }

  /** It may have moved: the next request asks where it is. */
  release(): void {
    this.isStale = true
  }

  async find(signal: AbortSignal): Promise<Broker> {
    if (this.isStale) {
      await this.client.refreshCoordinator(this.group, { signal })
      this.isStale = false
    }
    return this.client.coordinator(this.group, { signal })
  }

  /** A coordinator that cannot be asked may have moved. */
  async ask<T>(signal: AbortSignal, request: (coordinator: Broker) => Promise<T>): Promise<T> {
    const coordinator = await this.find(signal)
    try {
      return await request(coordinator)
    } catch (error) {
      this.release()
      throw error
    }
  }
}
