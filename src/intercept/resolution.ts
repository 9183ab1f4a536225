import { inspect } from 'node:util'
import type { Input } from '../protocol/message.ts'
import { type InterceptedRequest, PASSTHROUGH, type Resolution } from './handler.ts'
import { KafkaResponse } from './kafka-response.ts'
import { meant } from './nearest.ts'

/**
 * What a resolver has given, where it is something that can become of a request.
 * @throws TypeError that says what is wrong with it, and what is wanted; ProtocolError for a response that cannot be encoded
 */
export function checkedResolution(given: unknown, request: InterceptedRequest): Resolution {
  if (given === undefined || given === PASSTHROUGH) return given as Resolution
  if (given instanceof KafkaResponse) {
    if (given.verdict.kind === 'response') checkResponse(given.verdict.body, request)
    return given
  }
  // An array, an Error, the Response of `fetch`: of the realm of the test.
  if (typeof given !== 'object' || given === null || Object.prototype.toString.call(given) !== '[object Object]') {
    const shown = inspect(given, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
    throw new TypeError(
      `the resolver gave ${shown}: it gives a KafkaResponse, the fields of a ${request.api.name} response, passthrough(), or nothing`,
    )
  }
  checkResponse(given, request)
  return given as Input<object>
}

/** Known here whose mistake it is: later it would be the broker's that cannot encode its answer. */
function checkResponse(body: object, { api, version }: InterceptedRequest): void {
  const known = [...Object.keys(api.response.fields), 'unknownTaggedFields']
  for (const name of Object.keys(body)) {
    if (known.includes(name)) continue
    const hint = meant(name, known) || `; it has ${known.slice(0, -1).join(', ')}`
    throw new TypeError(`the resolver gave a response with '${name}', which no ${api.name} response has${hint}`)
  }
  api.response.encode(body, version)
}
