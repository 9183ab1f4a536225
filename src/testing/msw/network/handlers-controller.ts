import type { AnyHandler } from 'msw'
import { InMemoryHandlersController } from 'msw/experimental'
import type { RequestHandler } from '../../../intercept/handler.ts'
import { isForKafka, KAFKA, KafkaHandler, type NetworkHandler } from './kafka-handler.ts'
import type { KafkaSource } from './kafka-source.ts'

/** A handler as msw keeps it. It asks no more of one than a `KafkaHandler` is, and its types know no such kind. */
type Kept = AnyHandler | KafkaHandler

/**
 * The handlers of a network, those for Kafka among them. msw's own `use` drops handlers of a kind that it does not know, without a word; all else that it
 * does takes them as they are.
 */
export class KafkaHandlersController extends InMemoryHandlersController {
  readonly #sources: readonly KafkaSource[]
  readonly #wrapped: Wrapped

  constructor(initial: readonly NetworkHandler[], sources: readonly KafkaSource[]) {
    const wrapped = new Wrapped((handler) => {
      for (const source of sources) source.drop(handler)
    })
    super(initial.map((handler) => wrapped.of(handler)) as AnyHandler[])
    this.#wrapped = wrapped
    this.#sources = sources
    for (const source of sources) source.attach(() => this.#kafka.map(({ handler }) => handler))
  }

  override use(handlers: NetworkHandler[]): void {
    const all = handlers.map((handler) => this.#wrapped.of(handler))
    const kafka = all.filter(isKafka)
    super.use(all.filter((handler) => !isKafka(handler)) as AnyHandler[])
    if (kafka.length === 0) return
    const others = this.#kafka.filter((handler) => !kafka.includes(handler))
    this.setState({ handlers: Object.assign(this.getState().handlers, { [KAFKA]: [...kafka, ...others] }) })
    const added = kafka.map(({ handler }) => handler)
    for (const source of this.#sources) source.add(added)
  }

  override reset(next: NetworkHandler[]): void {
    const all = next.map((handler) => this.#wrapped.of(handler))
    for (const source of this.#sources) source.letGo()
    super.reset(all as AnyHandler[])
    const left = this.#kafka.map(({ handler }) => handler)
    for (const source of this.#sources) source.add(left)
  }

  override dispose(): ReturnType<InMemoryHandlersController['dispose']> {
    for (const source of this.#sources) source.letGo()
    return super.dispose()
  }

  override restore(): void {
    super.restore()
    for (const source of this.#sources) source.restore()
  }

  /** Those for Kafka as they were given. */
  override listHandlers(): AnyHandler[] {
    const kept: readonly Kept[] = super.listHandlers()
    return kept.map((handler) => (isKafka(handler) ? handler.handler : handler)) as AnyHandler[]
  }

  get #kafka(): readonly KafkaHandler[] {
    const kept: readonly Kept[] = this.getHandlersByKind(KAFKA as 'request')
    return kept.filter(isKafka)
  }
}

/** Handlers as msw keeps them: the same one each time. */
class Wrapped {
  readonly #known = new WeakMap<RequestHandler, KafkaHandler>()
  readonly #dropped: (handler: RequestHandler) => void

  constructor(dropped: (handler: RequestHandler) => void) {
    this.#dropped = dropped
  }

  of(handler: NetworkHandler): Kept {
    if (!isForKafka(handler)) return handler
    let known = this.#known.get(handler)
    if (known === undefined) {
      known = new KafkaHandler(handler, this.#dropped)
      this.#known.set(handler, known)
    }
    return known
  }
}

function isKafka(handler: Kept): handler is KafkaHandler {
  return handler instanceof KafkaHandler
}
