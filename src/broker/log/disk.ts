import { ReplicaLog, type ReplicaLogOptions } from './replica-log.ts'

/** What a broker leaves behind when it stops, and finds again when it starts: the logs of its replicas. */
export class Disk {
  /** The broker epoch that ended in a clean shutdown (KIP-966); undefined: none did, or the broker was killed. */
  cleanShutdownEpoch: number | undefined
  /** The id of its log directory (KIP-858); undefined: it has none before its broker is registered. */
  directoryId: string | undefined
  private fills = 0
  private readonly topics = new Map<string, Map<number, ReplicaLog>>()
  /** The log directory of each replica that was moved to another than the first. */
  private readonly moved = new Map<string, string>()

  constructor(directoryId?: string) {
    this.directoryId = directoryId
  }

  /** Whether there is no room left: nothing can be appended. */
  get isFull(): boolean {
    return this.fills > 0
  }

  /** Fills it up, until the function returned is called; it has room again when nobody fills it any more. */
  fill(): () => void {
    let filled = true
    this.fills++
    return () => {
      if (filled) this.fills--
      filled = false
    }
  }

  /** The log of a replica, made where there is none. */
  log(topicId: string, index: number, options: () => ReplicaLogOptions): ReplicaLog {
    let logs = this.topics.get(topicId)
    if (logs === undefined) {
      logs = new Map()
      this.topics.set(topicId, logs)
    }
    let log = logs.get(index)
    if (log === undefined) {
      log = new ReplicaLog(options())
      logs.set(index, log)
    }
    return log
  }

  /** The log directory that a replica was moved to; undefined: it lies where it was made. */
  directoryOf(topicId: string, index: number): string | undefined {
    return this.moved.get(`${topicId}-${index}`)
  }

  /** KIP-113. Logs are in memory: nothing is copied. */
  moveTo(directory: string, topicId: string, index: number): void {
    this.moved.set(`${topicId}-${index}`, directory)
  }

  /** The log of a replica, if there is one. */
  find(topicId: string, index: number): ReplicaLog | undefined {
    return this.topics.get(topicId)?.get(index)
  }

  delete(topicId: string, index: number): void {
    this.moved.delete(`${topicId}-${index}`)
    const logs = this.topics.get(topicId)
    if (logs?.delete(index) && logs.size === 0) this.topics.delete(topicId)
  }

  /** Deletes every log that is not wanted any more: what was deleted or moved away while the broker was down. */
  deleteStray(isWanted: (topicId: string, index: number) => boolean): void {
    for (const [topicId, logs] of this.topics) {
      for (const index of logs.keys()) if (!isWanted(topicId, index)) this.delete(topicId, index)
    }
  }
}
