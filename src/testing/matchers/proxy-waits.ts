import { Waits } from '../../broker/handles/waits/waits.ts'
import { apiInfo } from '../../protocol/api-keys.ts'
import type { ProxyActivity } from '../../proxy/activity.ts'
import { Fetch, JoinGroup, ShareFetch, SyncGroup } from '../apis.ts'

/** What brokers let wait for something that others do, be it records or the members of a group. */
const MAY_WAIT: ReadonlySet<number> = new Set([Fetch.key, JoinGroup.key, SyncGroup.key, ShareFetch.key])

/** How long, in ms, until it is asked again whether upstream has answered. */
const PAUSE_MS = 2

/** The waits of tests at a proxy. */
export class ProxyWaits extends Waits {
  private readonly activity: ProxyActivity

  constructor(activity: ProxyActivity) {
    super(activity.queue, activity.waitTimeout)
    this.activity = activity
    this.signal = activity.stopped
  }

  protected override get place(): string {
    return 'the proxy'
  }

  /** Over the network an answer takes its time: nobody runs round in circles for as long. */
  protected override get pauseMs(): number {
    return PAUSE_MS
  }

  /**
   * Whether a request comes or is under way to upstream, or an answer from it is. A request that a handler holds is not under way; one that upstream may let
   * wait is none any more when `settleTime` is over: what it waits for may have happened, of which nobody here knows.
   */
  protected override isUnderWay(passedMs: number, timeoutMs: number): boolean {
    const { settleTime, connections } = this.activity
    const isWaitedFor = passedMs < Math.min(settleTime, timeoutMs)
    const counts = (apiKey: number): boolean => isWaitedFor || !MAY_WAIT.has(apiKey)
    for (const connection of connections) if (connection.isUnderWay(counts)) return true
    return false
  }

  protected override wentOn(): string {
    return `Requests went on all the time.${this.owed()}`
  }

  /** What upstream has not answered. */
  private owed(): string {
    const requests = [...this.activity.connections].flatMap(({ expected, place }) =>
      expected.map(({ apiKey, version }) => {
        const name = apiInfo.get(apiKey)?.name ?? `API ${apiKey}`
        return `${name} v${version} to broker ${place.endpoint.nodeId}`
      }),
    )
    return requests.length === 0 ? '' : ` Upstream has not answered: ${requests.join(', ')}.`
  }
}
