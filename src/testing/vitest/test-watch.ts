import { KafkaCluster } from '../../broker/cluster.ts'
import type { RequestHandler } from '../../intercept/handler.ts'
import { recordTimeline } from './artifact.ts'
import { fixtureError } from './fixture-error.ts'
import type { Named } from './seed.ts'

/** An error as vitest keeps it. */
interface TaskError {
  message: string
  stack?: string | undefined
}

/** What of a test's task in vitest is used here. */
export interface Task extends Named {
  readonly concurrent?: boolean | undefined
  readonly result?: { readonly state: string; readonly errors?: TaskError[] | undefined } | undefined
}

/** One run of a test with a cluster: what went wrong behind its back is kept, and told at its end. */
export class TestWatch {
  private readonly cluster: KafkaCluster
  private readonly task: Task
  /** What the cluster's chance followed from. */
  private readonly seed: string
  /** Errors of runs before this one. */
  private readonly errorsBefore: number
  private readonly faults: Error[] = []
  private readonly leave: () => void

  /** @param seed what to tell of the cluster's seed where the run fails */
  constructor(cluster: KafkaCluster, task: Task, signal: AbortSignal, seed: string) {
    this.cluster = cluster
    this.task = task
    this.seed = seed
    this.errorsBefore = task.result?.errors?.length ?? 0
    this.leave = cluster.events.on('unhandledException', ({ error, handler, request }) => {
      this.faults.push(handler === undefined ? ownFault(error, request) : handlerFault(error, handler))
    })
    const { waits } = KafkaCluster.viewOf(cluster)
    waits.signal = signalOfRun(signal)
    waits.isStoryTold = true
  }

  /** Whether this run has failed so far. */
  get hasFailed(): boolean {
    return this.task.result?.state === 'fail'
  }

  /** What was thrown where nobody could catch it. */
  get thrown(): readonly Error[] {
    return this.faults
  }

  /** Why the test shows less than it seems to: handlers that have never acted. Undefined where all have. */
  unfired(): Error | undefined {
    const idle = this.cluster.neverFired()
    if (idle.length === 0) return undefined
    const told = idle.map(({ description, madeAt }) => `- ${description}, made at ${madeAt}`)
    const message = `no request was ever handled by:\n${told.join('\n')}\nThe test shows nothing of what they are for.`
    return fixtureError(message, { at: idle[0]?.madeAt })
  }

  /** Ends the run: tells the story of a failure in the messages of its errors, those of vitest and those that are to be thrown. */
  async end(errors: readonly Error[]): Promise<void> {
    this.leave()
    const { waits } = KafkaCluster.viewOf(this.cluster)
    waits.signal = undefined
    waits.isStoryTold = false
    if (!this.hasFailed && errors.length === 0) return
    const { timeline } = this.cluster
    const last = this.task.result?.errors?.slice(this.errorsBefore).at(-1) ?? errors[0]
    const story = timeline.isRecording ? timeline.story() : ''
    const told = story === '' ? '' : `\n\nwhat happened in the cluster:\n${story}`
    if (last !== undefined) append(last, `${told}\n\n${this.seed}`)
    if (timeline.isRecording) await recordTimeline(this.task, timeline.toString())
  }
}

/** vitest 4 keeps a signal from run to run: that an earlier one took too long is no reason to end this one. */
export function signalOfRun(signal: AbortSignal): AbortSignal | undefined {
  const isOfBefore = signal.aborted && (signal.reason as Error | undefined)?.name !== 'TestRunAbortError'
  return isOfBefore ? undefined : signal
}

function handlerFault(error: unknown, { description, madeAt }: Pick<RequestHandler, 'description' | 'madeAt'>): Error {
  const message = `the handler ${description}, made at ${madeAt}, threw: ${String(error)}`
  return fixtureError(message, { at: madeAt, cause: error })
}

function ownFault(error: unknown, { api, version }: { api: string; version: number }): Error {
  const message = `memkafka failed to serve ${api} v${version}, which is a bug in it: ${String(error)}`
  return fixtureError(message, { cause: error })
}

/** Adds to what an error says. Some reporters tell its message, others its stack, which begins with the message. */
export function append(error: TaskError, text: string): void {
  const { message, stack } = error
  error.message = `${message}${text}`
  if (stack?.includes(message)) error.stack = stack.replace(message, () => `${message}${text}`)
}
