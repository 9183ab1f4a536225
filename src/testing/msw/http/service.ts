import { type HttpHandler, http, matchRequestUrl } from 'msw'
import { isObject, type Json } from './json.ts'
import { httpError, RestError } from './rest-error.ts'

/** The methods that such services use. */
export type Method = 'get' | 'post' | 'put' | 'delete'

/** A request, as a resource looks at it. */
export class RestCall {
  readonly url: URL
  readonly headers: Headers
  readonly #params: Readonly<Record<string, unknown>>
  readonly #request: Request
  #read: Promise<string> | undefined

  constructor(request: Request, params: Readonly<Record<string, unknown>>) {
    this.url = new URL(request.url)
    this.headers = request.headers
    this.#params = params
    this.#request = request
  }

  /** A part of the path, decoded. */
  param(name: string): string {
    const value = this.#params[name]
    return typeof value === 'string' ? value : ''
  }

  query(name: string): string | undefined {
    return this.url.searchParams.get(name) ?? undefined
  }

  /** As Jersey reads a boolean: true is `true`, and all else is not. */
  flag(name: string): boolean {
    return this.query(name)?.toLowerCase() === 'true'
  }

  /** @throws RestError 404, as Jersey answers to a number that is none */
  integer(name: string, otherwise: number): number {
    const text = this.query(name)
    if (text === undefined || text === '') return otherwise
    if (!/^[+-]?\d{1,10}$/.test(text)) throw httpError(404, 'Not Found')
    return Number(text)
  }

  /** The page that `offset` and `limit` ask for: all of it where the limit is 0 or less. */
  page<T>(all: readonly T[]): readonly T[] {
    const offset = Math.max(0, this.integer('offset', 0))
    const limit = this.integer('limit', -1)
    return limit <= 0 ? all.slice(offset) : all.slice(offset, offset + limit)
  }

  async hasBody(): Promise<boolean> {
    return (await this.#text()).trim() !== ''
  }

  /** @throws RestError 400 for what is no JSON or no object, 422 where there is none */
  async body(): Promise<Json> {
    const text = await this.#text()
    if (text.trim() === '') throw new RestError(422, 422, 'The request has no body, and one is wanted')
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch (error) {
      throw new RestError(400, 400, `The request's body is no JSON: ${error instanceof Error ? error.message : error}`)
    }
    if (!isObject(body)) throw new RestError(400, 400, 'The body of the request is to be an object of JSON')
    return body
  }

  /** The body as text, as it comes. It is not to be asked for in another way, too. */
  async *chunks(): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder()
    for await (const bytes of this.#request.body ?? []) yield decoder.decode(bytes, { stream: true })
    yield decoder.decode()
  }

  /** Read once. */
  #text(): Promise<string> {
    this.#read ??= this.#request.text()
    return this.#read
  }
}

/** What a resource answers: `undefined` is 204, a `RestAnswer` says more, and all else is JSON. */
export type Resource = (call: RestCall) => unknown

/** An answer that is not simply 200 with JSON in the service's own content type. A body that is a stream is sent as it comes. */
export class RestAnswer {
  readonly status: number
  readonly body: unknown
  readonly contentType: string | undefined

  constructor(body: unknown, options: { readonly status?: number; readonly contentType?: string } = {}) {
    this.body = body
    this.status = options.status ?? 200
    this.contentType = options.contentType
  }
}

/** A body that is sent as it is. */
export class RawBody {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** One resource: where, by which method, and what. */
export type Route = readonly [method: Method, path: string, resource: Resource]

export interface Service {
  readonly url: string
  readonly routes: readonly Route[]
  contentType(call: RestCall): string
  /** What becomes of an error that is no `RestError`. */
  failure(error: unknown): RestError
}

/**
 * The handlers of a service: one for each resource, and one for what else is asked below its address.
 * @throws TypeError for what is no address
 */
export function handlersOf(service: Service): HttpHandler[] {
  const base = baseOf(service.url)
  const handlers = service.routes.map(([method, path, resource]) =>
    http[method](`${base}${path}`, ({ request, params }) => answer(service, new RestCall(request, params), resource)),
  )
  const elsewhere = http.all(`${base}/*`, ({ request }) =>
    answer(service, new RestCall(request, {}), ({ url }) => {
      const known = service.routes.some(([, path]) => matchRequestUrl(url, `${base}${path}`).matches)
      throw known ? httpError(405, 'Method Not Allowed') : httpError(404, 'Not Found')
    }),
  )
  return [...handlers, elsewhere]
}

async function answer(service: Service, call: RestCall, resource: Resource): Promise<Response> {
  const own = service.contentType(call)
  try {
    const result = await resource(call)
    const { status, body, contentType = own } = result instanceof RestAnswer ? result : new RestAnswer(result)
    if (body === undefined) return new Response(null, { status: status === 200 ? 204 : status })
    return response(status, contentType, body)
  } catch (error) {
    const { status, errorCode, message } = error instanceof RestError ? error : service.failure(error)
    return response(status, own, { error_code: errorCode, message })
  }
}

function response(status: number, contentType: string, body: unknown): Response {
  const sent = body instanceof RawBody ? body.text : body instanceof ReadableStream ? body : JSON.stringify(body)
  return new Response(sent, { status, headers: { 'Content-Type': contentType } })
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.search !== '' || parsed.hash !== '') {
    throw new TypeError(`an address such as 'http://registry.test' is wanted, not '${url}'`)
  }
  return parsed.href.replace(/\/+$/, '')
}
