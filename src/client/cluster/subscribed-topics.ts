import type { Client } from '../client.ts'
import { sleep } from '../time.ts'
import type { ClusterGroupConfig } from './cluster-config.ts'

/** The topics that a consumer names, and those that its patterns mean. */
export class SubscribedTopics {
  private readonly client: Client
  private readonly named: readonly string[]
  private readonly patterns: ClusterGroupConfig['topics']

  constructor(client: Client, named: readonly string[], patterns: ClusterGroupConfig['topics']) {
    this.client = client
    this.named = [...new Set(named)].sort()
    this.patterns = patterns
  }

  async now(signal: AbortSignal): Promise<string[]> {
    if (this.patterns.whitelist === null) return [...this.named]
    await this.client.refreshMetadata([], { signal })
    return this.matching(await this.client.topics({ signal }))
  }

  /** Looks every half of `metadata.refreshFrequency` whether there are topics now that the patterns mean; then it ends what is under way. */
  watch(before: readonly string[], session: AbortController): void {
    const { clock, metadata } = this.client.config
    if (this.patterns.whitelist === null || metadata.refreshFrequency === 0) return
    const watching = async (): Promise<void> => {
      do await sleep(clock, metadata.refreshFrequency / 2, session.signal)
      while ((await this.now(session.signal).catch(() => before)).join() === before.join())
      session.abort()
    }
    watching().catch(() => {})
  }

  private matching(all: readonly string[]): string[] {
    const { whitelist, blacklist } = this.patterns
    // Not `test`: a global pattern would begin where it left off.
    const means = (pattern: RegExp | null, topic: string): boolean => pattern !== null && topic.search(pattern) !== -1
    const more = all.filter((topic) => means(whitelist, topic) && !means(blacklist, topic))
    return [...new Set([...this.named, ...more])].sort()
  }
}
