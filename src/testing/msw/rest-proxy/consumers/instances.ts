import type { KafkaCluster } from '../../../../broker/cluster.ts'
import type { Timer } from '../../../../client/index.ts'
import { instanceExists, instanceNotFound } from '../errors.ts'
import { ConsumerInstance } from './consumer-instance.ts'
import type { InstanceOptions } from './instance-options.ts'

/** `consumer.instance.timeout.ms` of the real one where nobody has set it: a consumer that is asked nothing for so long is gone. */
const IDLE_MS = 300_000

interface Kept {
  readonly instance: ConsumerInstance
  expiry: Timer
}

/** The consumers of a proxy, by their groups and names. */
export class Instances {
  readonly #cluster: KafkaCluster
  readonly #kept = new Map<string, Kept>()
  #made = 0

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster
  }

  /** A name for a consumer that was given none. The real one makes it of a random UUID. */
  nameless(): string {
    return `rest-consumer-${++this.#made}`
  }

  /** @throws RestError 40902 where there is one of that name */
  add(options: InstanceOptions): void {
    const key = keyOf(options.group, options.name)
    if (this.#kept.has(key)) throw instanceExists()
    this.#kept.set(key, { instance: new ConsumerInstance(this.#cluster, options), expiry: this.#expiry(key) })
  }

  /** @throws RestError 40403 */
  get(group: string, name: string): ConsumerInstance {
    const key = keyOf(group, name)
    const kept = this.#kept.get(key)
    if (kept === undefined) throw instanceNotFound()
    kept.expiry.cancel()
    kept.expiry = this.#expiry(key)
    return kept.instance
  }

  /** @throws RestError 40403 */
  async delete(group: string, name: string): Promise<void> {
    const instance = this.get(group, name)
    this.#forget(keyOf(group, name))
    await instance.close()
  }

  async close(): Promise<void> {
    const all = [...this.#kept]
    for (const [key] of all) this.#forget(key)
    await Promise.all(all.map(([, { instance }]) => instance.close()))
  }

  #expiry(key: string): Timer {
    return this.#cluster.clock.setTimer(IDLE_MS, () => {
      const instance = this.#forget(key)
      instance?.close().catch(() => {})
    })
  }

  #forget(key: string): ConsumerInstance | undefined {
    const kept = this.#kept.get(key)
    kept?.expiry.cancel()
    this.#kept.delete(key)
    return kept?.instance
  }
}

function keyOf(group: string, name: string): string {
  return JSON.stringify([group, name])
}
