import type { Matcher, MatcherContext, MatcherResult } from '../matchers/context.ts'

/** What of vitest's test is looked at: it tells when it is over. */
interface RunningTest {
  readonly context: { onTestFinished(check: () => void): void }
}

/** What vitest's matchers find in `this`, besides what all runners' do. */
interface VitestContext extends MatcherContext {
  /** Undefined outside of tests, as in hooks. */
  readonly task?: RunningTest | undefined
  readonly soft?: boolean | undefined
}

/** What a matcher hands to vitest, and vitest to the test. */
type Then = Promise<MatcherResult>['then']

/** Has a test fail that does not await a matcher, as vitest has it of its own asynchronous assertions: what it expects may never be looked at. */
export function awaited(name: string, matcher: Matcher): Matcher {
  const noticed = function (this: VitestContext, received: unknown, ...given: unknown[]): Promise<MatcherResult> {
    const asked: { stack?: string } = {}
    Error.captureStackTrace(asked, noticed)
    const result = matcher.call(this, received, ...given)
    const { task } = this
    if (task === undefined) return result
    let isAwaited = false
    try {
      task.context.onTestFinished(() => {
        if (!isAwaited) throw forgotten(name, this, asked.stack)
      })
    } catch {
      // In what a test does when it is finished nobody can be told any more what comes after that.
      return result
    }
    // vitest itself asks what the matcher found, and, of expect.soft, again what comes of that; who asks after it is the test.
    return watched(result, this.soft === true ? 2 : 1, {
      askedFor: () => {
        isAwaited = true
      },
      placed: (error) => placed(error, asked.stack),
    })
  }
  return noticed
}

/** What is done on the way from a matcher to the test. */
interface Watch {
  /** The test asks what comes of it. */
  askedFor(): void
  /** An error, with the place in the test that it is about. */
  placed(error: unknown): unknown
}

/** The same promise, which tells when the test asks what comes of it: after so many askers of vitest's own. */
function watched<T>(promise: Promise<T>, askersBefore: number, watch: Watch): Promise<T> {
  // Nobody may ever ask.
  promise.catch(() => {})
  const ask: Then = (fulfilled, rejected) => {
    if (askersBefore === 0) {
      watch.askedFor()
      return promise.then(fulfilled as never, rejected)
    }
    const next = promise.then(fulfilled as never, rejected).catch((error: unknown) => {
      throw watch.placed(error)
    })
    return watched(next, askersBefore - 1, watch) as never
  }
  return {
    // biome-ignore lint/suspicious/noThenProperty: it stands for a promise
    then: ask as Promise<T>['then'],
    catch: (rejected) => ask(undefined, rejected) as never,
    finally: (settled) => watched(promise.finally(settled), askersBefore, watch),
    [Symbol.toStringTag]: 'Promise',
  }
}

/** What a matcher finds it finds later, when no frame of the test is on the stack any more. */
function placed(error: unknown, asked: string | undefined): unknown {
  if (!(error instanceof Error) || asked === undefined) return error
  const [, here] = asked.split('\n')
  if (here !== undefined && error.stack?.includes(here) !== true) error.stack = withFrames(error, asked)
  return error
}

function withFrames({ name, message }: Error, asked: string): string {
  return `${name}: ${message}\n${asked.slice(asked.indexOf('\n') + 1)}`
}

function forgotten(name: string, { isNot, soft }: VitestContext, asked: string | undefined): Error {
  const assertion = `expect${soft === true ? '.soft' : ''}(…)${isNot === true ? '.not' : ''}.${name}(…)`
  const error = new Error(
    `${assertion} was not awaited: the test was over before anybody knew whether it holds. Write: await ${assertion}`,
  )
  if (asked !== undefined) error.stack = withFrames(error, asked)
  return error
}
