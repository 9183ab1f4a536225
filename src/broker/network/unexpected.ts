import { inspect } from 'node:util'
import { HandlerFault } from '../../intercept/handler.ts'
import type { Events, RequestEvent } from '../events.ts'

/** Tells of what nobody expected a request to meet, and of the handler of `use` whose it was. @param what the request, in words */
export function tellUnexpected(
  events: Events,
  thrown: unknown,
  request: Omit<RequestEvent, 'requestId'>,
  what: string,
): void {
  const mocked = thrown instanceof HandlerFault ? thrown.handler : undefined
  const error = thrown instanceof HandlerFault ? thrown.cause : thrown
  events.emit('unhandledException', () =>
    mocked === undefined ? { error, request } : { error, request, handler: mocked },
  )
  // A test whose handler throws would otherwise see no more than a connection that closes.
  if (events.heard('unhandledException')) return
  const by = mocked === undefined ? '' : ` of the handler ${mocked.description}, added at ${mocked.madeAt}`
  process.emitWarning(`${what} and met an unexpected error${by}: ${inspect(error)}`, 'MemkafkaWarning')
}
