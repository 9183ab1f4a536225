import { nextTurn, patience, type Timer } from '../../broker/clock.ts'
import { checkTimeout, UnmetWaitError, unmet, type WaitOptions } from '../../broker/handles/waits/limited-waits.ts'
import { Waits } from '../../broker/handles/waits/waits.ts'
import { apiInfo } from '../../protocol/api-keys.ts'
import type { ProxyActivity } from '../../proxy/activity.ts'
import { Fetch, JoinGroup, ShareFetch, SyncGroup } from '../apis.ts'

/** What brokers let wait for something that others do, be it records or the members of a group. */
const MAY_WAIT: ReadonlySet<number> = new Set([Fetch.key, JoinGroup.key, SyncGroup.key, ShareFetch.key])

/** For how many turns of the event loop nothing is under way before it is quiet: a client asks what follows from an answer after one or two. */
const IDLE_TURNS = 5

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

  /**
   * Resolves once the proxy is quiet: for some turns of the event loop no request comes, none is under way to upstream, and no answer from it. A request that
   * a handler holds is quiet; one that upstream may let wait is, too, when `settleTime` is over: what it waits for may have happened, of which nobody here knows.
   */
  override async quiet({ timeout = this.timeoutMs, ...options }: WaitOptions = {}): Promise<void> {
    checkTimeout(timeout)
    const what = 'the proxy to be quiet'
    const seen = (): string => `Requests went on all the time.${this.owed()}`
    const startedMs = patience.now()
    const { queue, settleTime } = this.activity
    const settleMs = Math.min(settleTime, timeout)
    // Time alone does not make it fail, as in a cluster.
    return this.wait({ what, seen }, { ...options, timeout: Number.POSITIVE_INFINITY }, (resolve, reject) => {
      let idle = 0
      let wasTurn = false
      let isOver = false
      let pause: Timer | undefined
      const leave = queue.watch(() => {
        wasTurn = true
      })
      const look = (): void => {
        if (isOver) return
        const passedMs = patience.now() - startedMs
        const isUnderWay = this.isUnderWay(passedMs < settleMs)
        const isBusy = wasTurn || isUnderWay
        wasTurn = false
        idle = isBusy ? 0 : idle + 1
        if (isBusy && passedMs >= timeout) reject(new UnmetWaitError(unmet(what, timeout, seen)))
        else if (idle > IDLE_TURNS) resolve()
        else if (isUnderWay) pause = patience.setTimer(PAUSE_MS, lookAgain)
        else nextTurn(look)
      }
      // Over the network an answer takes its time: nobody runs round in circles for as long.
      const lookAgain = (): void => {
        wasTurn = false
        look()
      }
      nextTurn(look)
      return () => {
        isOver = true
        pause?.cancel()
        leave()
      }
    })
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

  private isUnderWay(isWaitedFor: boolean): boolean {
    const counts = (apiKey: number): boolean => isWaitedFor || !MAY_WAIT.has(apiKey)
    for (const connection of this.activity.connections) if (connection.isUnderWay(counts)) return true
    return false
  }
}
