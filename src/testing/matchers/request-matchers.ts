import { inspect } from 'node:util'
import { type Recorded, TIMELINE } from '../../broker/handles/brokers/broker-handle.ts'
import { clientName } from '../../broker/handles/client-words.ts'
import { WAIT_OPTIONS } from '../../broker/handles/waits/limited-waits.ts'
import type { Timeline } from '../../broker/timeline/timeline.ts'
import type { RequestEntry } from '../../broker/timeline/timeline-entry.ts'
import type { HandlerCall, RequestHandler } from '../../intercept/handler.ts'
import type { MatcherContext, MatcherResult } from './context.ts'
import { counted, hintOf, linesOf, notOf, sections } from './messages.ts'
import { checkCount, firstOf, optionsOf } from './options.ts'
import { handlersReceiver, isBroker, isHandler, isProxy, requestsReceiver } from './receivers.ts'
import { type Place, requestPattern, spyOn } from './request-pattern.ts'
import { answered, limitsOf } from './waiting.ts'

/** Such a request has come, or so many have; as its timeline tells. */
export async function toHaveReceivedRequest(
  this: MatcherContext,
  received: unknown,
  ...given: unknown[]
): Promise<MatcherResult> {
  const matcher = 'toHaveReceivedRequest'
  const receiver = requestsReceiver(matcher, received)
  const { times, limits } = countAsked(matcher, given[1])
  const place: Place = isProxy(receiver) ? 'proxy' : 'cluster'
  const pattern = requestPattern(matcher, firstOf(matcher, given), place)
  const nodeId = isBroker(receiver) ? receiver.nodeId : undefined
  const timeline: Timeline = isBroker(receiver) ? (receiver as unknown as Recorded)[TIMELINE] : receiver.timeline
  if (!timeline.isRecording) {
    const start = {
      cluster: 'start the cluster with { timeline: true }, as the fixture of memkafka/vitest does',
      proxy: 'start the proxy with KafkaProxy.start({ upstream, timeline: true })',
    }
    throw new TypeError(
      `${matcher} looks into ${place}.timeline, which records nothing: ${start[place]}, or have a handler look at the requests as they come, ${spyOn(place)}`,
    )
  }
  const isHere = (entry: RequestEntry): boolean => nodeId === undefined || entry.nodeId === nodeId
  const where = nodeId === undefined ? `the ${place}` : `broker ${nodeId}`
  const look = async (): Promise<readonly RequestEntry[]> =>
    timeline.entries.filter((entry) => entry.kind === 'request').filter(isHere)
  const countIn = (entries: readonly RequestEntry[]): number =>
    entries.reduce((sum, entry) => sum + (pattern.matches(entry) ? entry.count : 0), 0)
  const lost = (): string => `The timeline has let go of ${timeline.dropped} of its entries.`
  const result = await answered({
    context: this,
    handle: receiver,
    limits,
    isExact: times !== undefined,
    what: `${manyOf(times, 'request')} ${pattern.description}`,
    look,
    holds: (entries) => isMany(countIn(entries), times),
    seen: (entries) => `${requestsSeen(entries)}${timeline.dropped === 0 ? '' : ` ${lost()}`}`,
    message: (entries, unmet) => {
      const found = entries.filter((entry) => pattern.matches(entry))
      return sections(
        hintOf(this, matcher, nodeId === undefined ? place : 'broker'),
        `Expected ${where} ${notOf(this)}to have received ${manyOf(times, 'request')} ${pattern.description}; it has received ${countIn(entries)}.`,
        found.length > 0 ? requestsTold(found) : unmet === undefined ? requestsSeen(entries) : undefined,
        unmet,
      )
    },
  })
  if (timeline.dropped > 0 && (times !== undefined || (this.isNot === true && !result.pass))) {
    throw new Error(
      `${matcher}: nobody knows any more how many requests ${pattern.description} came. ${lost()} Have it keep more, ` +
        `as with { timeline: { capacity: 100_000 } }, clear it before what is looked at, ${place}.timeline.clear(), or have a handler count: ${spyOn(place)}`,
    )
  }
  return result
}

/** A handler has acted, or so often. */
export async function toHaveFired(
  this: MatcherContext,
  received: unknown,
  ...given: unknown[]
): Promise<MatcherResult> {
  const matcher = 'toHaveFired'
  const receiver = handlersReceiver(matcher, received)
  const place: Place = isProxy(receiver) ? 'proxy' : 'cluster'
  const { times, limits } = countAsked(matcher, given[1])
  const asked = firstOf(matcher, given)
  const handler = isScenario(asked) ? asked.handler : asked
  if (!isHandler(handler)) {
    throw new TypeError(
      `${matcher} wants a handler that the ${place} uses, as kafka.produce({ … }, () => …) makes it, not ${inspect(handler, { depth: 0 })}`,
    )
  }
  if (typeof (handler as Partial<RequestHandler>).resolve !== 'function') {
    throw new TypeError(
      `${matcher} wants a handler; ${handler.description} has no resolver, and never acts. Of requests that came tells ` +
        `await expect(${place}).toHaveReceivedRequest(${handler.description}), of those at a gate: await gate.reached`,
    )
  }
  const look = async (): Promise<readonly HandlerCall[]> => receiver.calls(handler as RequestHandler)
  const isUsed = (): boolean => receiver.listHandlers().includes(handler as RequestHandler)
  const seen = (calls: readonly HandlerCall[]): string =>
    calls.length === 0 && !isUsed()
      ? `The ${place} does not use it: ${place}.use(handler) was not called, or resetHandlers() has taken it away.`
      : callsSeen(calls)
  return answered({
    context: this,
    handle: receiver,
    limits,
    isExact: times !== undefined,
    what: `${handler.description} to act${times === undefined ? '' : ` ${counted(times, 'time')}`}`,
    look,
    holds: (calls) => isMany(calls.length, times),
    seen,
    message: (calls, unmet) =>
      sections(
        hintOf(this, matcher, place),
        `Expected ${handler.description}, made at ${handler.madeAt},${this.isNot === true ? ' not' : ''} to have acted${times === undefined ? '' : ` ${counted(times, 'time')}`}; it has acted ${counted(calls.length, 'time')}.`,
        unmet ?? seen(calls),
      ),
  })
}

/** One that is a handler. */
function isScenario(asked: unknown): asked is { readonly handler: unknown } {
  return typeof asked === 'object' && asked !== null && 'handler' in asked && isHandler(asked.handler)
}

function countAsked(
  matcher: string,
  given: unknown,
): { times: number | undefined; limits: ReturnType<typeof limitsOf> } {
  const options = optionsOf(matcher, given, ['times', ...WAIT_OPTIONS])
  checkCount(matcher, 'times', options.times, 0)
  return { times: options.times as number | undefined, limits: limitsOf(options) }
}

function isMany(count: number, times: number | undefined): boolean {
  return times === undefined ? count > 0 : count === times
}

function manyOf(times: number | undefined, one: string): string {
  return times === undefined ? `a ${one}` : counted(times, one)
}

function requestsSeen(entries: readonly RequestEntry[]): string {
  if (entries.length === 0) return 'No request came at all.'
  const counts = new Map<string, number>()
  for (const { api, count } of entries) counts.set(api, (counts.get(api) ?? 0) + count)
  return `These came: ${[...counts].map(([api, count]) => `${api} ${count}`).join(', ')}.`
}

function requestsTold(entries: readonly RequestEntry[]): string {
  return linesOf(entries, ({ api, version, clientId, nodeId, entities, outcome, count }) => {
    const about = entities.length === 0 ? '' : ` of ${entities.join(', ')}`
    const often = count === 1 ? '' : ` (${counted(count, 'time')})`
    return `${requestTold(api, version, clientId, nodeId)}${about}: ${outcome}${often}`
  })
}

function callsSeen(calls: readonly HandlerCall[]): string {
  if (calls.length === 0) return 'No request that it is about has come.'
  const told = linesOf(calls, ({ api, version, client, nodeId }) => requestTold(api, version, client.id, nodeId))
  return `It acted on\n${told}`
}

function requestTold(api: string, version: number, clientId: string | null, nodeId: number): string {
  return `${api} v${version} by ${clientName(clientId)} to broker ${nodeId}`
}
