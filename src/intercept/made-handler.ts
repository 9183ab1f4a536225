import { inspect } from 'node:util'
import type { AnyApi, Api, Input } from '../protocol/message.ts'
import type { Dimension } from './entity.ts'
import { dimensionsOfApi } from './entity-layout.ts'
import { askable, dimensionsAsked, ENTITY_PREDICATES, type EntityPredicate, unknownTo } from './entity-predicate.ts'
import type {
  HandlerOptions,
  InterceptedRequest,
  Passthrough,
  RequestHandler,
  RequestMatcher,
  ResolverInfo,
} from './handler.ts'
import type { KafkaResponse } from './kafka-response.ts'
import { madeAt, type Stack } from './made-at.ts'
import { unknownName } from './nearest.ts'

/** What may be said of any request, of whatever API. */
export interface AnyPredicate extends EntityPredicate {
  /** The version of the API that the request is in. */
  readonly version?: number
  /** The node that the request reached. */
  readonly node?: number
  /** The whole of it, or a pattern that is found in it. A client without an id has the empty one. */
  readonly clientId?: string | RegExp
}

/** The fields of a request that are a plain value: `acks`, `transactionalId`, `generationId`, … */
type PlainFields<Request> = {
  readonly [Name in keyof Request as Request[Name] extends string | number | boolean | null
    ? Name
    : never]?: Request[Name]
}

/** Which requests of an API are meant: all that it says must hold, or the function must. */
export type RequestPredicate<Request> =
  | (AnyPredicate & Omit<PlainFields<Request>, keyof AnyPredicate>)
  | ((request: Request) => boolean)

/** Answers a request: with a KafkaResponse or a response, `passthrough()`, or nothing: the next handler is asked. */
export type Resolver<Request, Response, Broker = unknown> = (
  info: ResolverInfo<Request, Response, Broker>,
) => Resolved<Response> | Promise<Resolved<Response>>

type Resolved<Response> = KafkaResponse | Input<Response> | Passthrough | undefined

/** What a handler is made of. */
interface HandlerParts {
  /** How it is listed: 'kafka.produce'. */
  readonly word: string
  /** The function that the test called: what it was called from is where the handler was made. */
  readonly madeBy: (...given: never[]) => unknown
  /** Undefined: every API. */
  readonly api: AnyApi | undefined
  readonly predicate: object | ((request: never) => boolean) | undefined
  readonly resolver?: ((info: never) => unknown) | undefined
  readonly options?: HandlerOptions<never> | undefined
}

const ANY_REQUEST: readonly string[] = ['version', 'node', 'clientId']
const OPTIONS: readonly string[] = ['once', 'times', 'skip', 'probability', 'when', 'at']
const PLAIN: ReadonlySet<string> = new Set(['array', 'struct', 'bytes', 'records'])

/** Makes a matcher, and a handler where there is a resolver. @throws TypeError that says what is wrong with it, and what to write instead */
export function madeHandler(parts: HandlerParts): RequestHandler {
  return new MadeHandler(parts)
}

/** A handler that some function made for a test: where that function was called from is where the handler was made. */
export function madeFor(madeBy: HandlerParts['madeBy'], handler: RequestHandler): RequestHandler {
  if (handler instanceof MadeHandler) handler.place(madeBy)
  return handler
}

class MadeHandler implements RequestHandler {
  readonly options: HandlerOptions
  readonly entities: EntityPredicate
  readonly dimensions: readonly Dimension[]
  /** Undefined in a matcher, which `use` refuses. */
  readonly resolve: RequestHandler['resolve']
  private readonly parts: HandlerParts
  private readonly stack: Stack = {}
  private line: string | undefined
  private readonly fields: readonly (readonly [name: string, value: unknown])[]

  constructor(parts: HandlerParts) {
    const { predicate, resolver, options = {}, madeBy } = parts
    this.parts = parts
    this.place(madeBy)
    checkParts(parts)
    this.options = options as HandlerOptions
    const said = (typeof predicate === 'object' ? predicate : {}) as Readonly<Record<string, unknown>>
    const isField = (name: string): boolean => isPlainField(parts.api, name)
    // transactionalId is both; what is asked of entities holds of plain fields too, patterns included.
    const entities = Object.entries(said).filter(([name]) => (ENTITY_PREDICATES as readonly string[]).includes(name))
    const mayBeNull = entities.filter(([, value]) => value !== null)
    this.entities = Object.fromEntries(mayBeNull)
    this.dimensions = dimensionsAsked(this.entities)
    this.fields = Object.entries(said).filter(
      ([name, value]) =>
        isField(name) && value !== undefined && !ANY_REQUEST.includes(name) && !Object.hasOwn(this.entities, name),
    )
    this.resolve = resolver as RequestHandler['resolve']
  }

  /** Says that it was made where this function was called from. V8 makes no text of that before someone reads it. */
  place(madeBy: HandlerParts['madeBy']): void {
    Error.captureStackTrace(this.stack, madeBy)
    this.line = undefined
  }

  get api(): AnyApi | undefined {
    return this.parts.api
  }

  get asksBody(): boolean {
    return typeof this.parts.predicate === 'function' || this.fields.length > 0 || this.options.when !== undefined
  }

  get description(): string {
    const { word, predicate } = this.parts
    if (predicate === undefined || typeof predicate === 'function') return word
    const said = inspect(predicate, { breakLength: Number.POSITIVE_INFINITY, depth: 1 })
    return said === '{}' ? word : `${word}(${said})`
  }

  get madeAt(): string {
    this.line ??= madeAt(this.stack)
    return this.line
  }

  matches(request: InterceptedRequest): boolean {
    const { api, predicate } = this.parts
    // By key: an API of the CommonJS build is another object than that of the ES modules.
    if (api !== undefined && request.api.key !== api.key) return false
    if (typeof predicate === 'function') return (predicate as (body: unknown) => boolean)(request.body)
    const { node, clientId, version } = (predicate ?? {}) as AnyPredicate
    if (node !== undefined && node !== request.nodeId) return false
    if (version !== undefined && version !== request.version) return false
    if (clientId !== undefined && !namesClient(clientId, request.client.id ?? '')) return false
    const body = request.body as Readonly<Record<string, unknown>>
    return this.fields.every(([name, value]) => body[name] === value)
  }
}

function checkParts({ word, api, predicate, resolver, options = {} }: HandlerParts): void {
  if (resolver !== undefined && typeof resolver !== 'function') {
    throw new TypeError(
      `${word}: a resolver is a function, such as () => KafkaResponse.error(…), not ${shown(resolver)}`,
    )
  }
  checkOptions(word, options as HandlerOptions)
  if (predicate === undefined || typeof predicate === 'function') return
  if (typeof predicate !== 'object' || predicate === null) {
    throw new TypeError(`${word}: what is meant is told by an object or a function, not ${shown(predicate)}`)
  }
  const dimensions = api === undefined ? undefined : dimensionsOfApi(api)
  const entities = dimensions === undefined ? ENTITY_PREDICATES : askable(dimensions)
  const plain = Object.keys(api?.request.fields ?? {}).filter((name) => isPlainField(api, name))
  const known = [...new Set([...ANY_REQUEST, ...entities, ...plain])]
  const wrong = dimensions === undefined ? [] : unknownTo(dimensions, predicate as EntityPredicate)
  for (const name of wrong) {
    if (plain.includes(name)) continue
    const told = entities.length === 0 ? 'nothing of the kind' : entities.join(', ')
    throw new TypeError(`${word}: a ${api?.name} request tells no ${name}; it tells ${told}`)
  }
  for (const [name, value] of Object.entries(predicate)) {
    if (!known.includes(name)) throw new TypeError(`${word}: ${unknownName(name, known)}`)
    checkValue(word, name, value)
  }
}

/** Of those that are the same in every API: a partition that is a string would match nothing, and not say so. */
function checkValue(word: string, name: string, value: unknown): void {
  if (value === undefined) return
  const isNumber = name === 'partition' || name === 'node' || name === 'version'
  const isName =
    name === 'clientId' || (name !== 'partition' && (ENTITY_PREDICATES as readonly string[]).includes(name))
  if (isNumber && typeof value !== 'number') throw new TypeError(`${word}: ${name} is a number, not ${shown(value)}`)
  if (isName && value !== null && typeof value !== 'string' && typeof (value as RegExp).exec !== 'function') {
    throw new TypeError(`${word}: ${name} is a string or a pattern, not ${shown(value)}`)
  }
}

function checkOptions(word: string, options: HandlerOptions): void {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) {
      throw new TypeError(`${word}: there is no option '${name}'; there are ${OPTIONS.join(', ')}`)
    }
  }
  const { once, times, skip, probability, when, at } = options
  const isCount = (value: number, least: number): boolean => Number.isInteger(value) && value >= least
  if (once === true && times !== undefined) throw new TypeError(`${word}: once and times say two things`)
  if (times !== undefined && !isCount(times, 1)) throw wrongOption(word, 'times', 'a whole number from 1 on', times)
  if (skip !== undefined && !isCount(skip, 0)) throw wrongOption(word, 'skip', 'a whole number from 0 on', skip)
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw wrongOption(word, 'probability', 'a number from 0 to 1', probability)
  }
  if (when !== undefined && typeof when !== 'function') throw wrongOption(word, 'when', 'a function', when)
  if (at !== undefined && at !== 'before' && at !== 'after') throw wrongOption(word, 'at', "'before' or 'after'", at)
}

function wrongOption(word: string, name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${word}: ${name} is ${wanted}, not ${shown(value)}`)
}

function isPlainField(api: AnyApi | undefined, name: string): boolean {
  const field = api?.request.fields[name]
  return field !== undefined && !PLAIN.has(field.type)
}

function namesClient(wanted: string | RegExp, clientId: string): boolean {
  // Not `test`: where the pattern is global that begins where it left off with the client before.
  return typeof wanted === 'string' ? wanted === clientId : clientId.search(wanted) !== -1
}

function shown(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
}

/** The API without its types, as handlers keep it. */
export function anyApi<Request, Response>(api: Api<Request, Response>): AnyApi {
  return api as unknown as AnyApi
}

/** Whether a handler has something to say, or is a mere matcher. */
export function hasResolver(handler: RequestMatcher): handler is RequestHandler {
  return typeof (handler as RequestHandler).resolve === 'function'
}
