import { KafkaError } from '../../protocol/errors.ts'
import type { Controller } from '../controller/controller.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type { ProducerIdBlock } from '../controller/producer-id-blocks.ts'
import type { Link } from '../link.ts'
import { Signal } from '../signal.ts'
import { type Reply, Waiting } from '../waiting.ts'

/** What a broker's producer ids are made with. */
export interface ProducerIdsOptions {
  readonly nodeId: number
  readonly controller: Link<Controller>
  readonly image: MetadataImage
}

/** How much of a block is handed out when the next one is asked for. */
const PREFETCH_AT = 0.9

/** Hands out producer ids, each once in the whole cluster, from blocks that it asks of the controller (KIP-730). */
export class ProducerIds {
  private readonly nodeId: number
  private readonly controller: Link<Controller>
  private readonly image: MetadataImage
  private readonly answered = new Signal()
  private current: ProducerIdBlock = { start: 0, length: 0 }
  private next: ProducerIdBlock | undefined
  private used = 0
  private asking = false
  private failures = 0

  constructor({ nodeId, controller, image }: ProducerIdsOptions) {
    this.nodeId = nodeId
    this.controller = controller
    this.image = image
  }

  /** An id that nobody has had. Throws COORDINATOR_LOAD_IN_PROGRESS, which clients retry, when the controller gives none. */
  generate(): Reply<number> {
    // The first try asks for a block, which a healthy link brings within the same turn.
    return this.take() ?? this.take() ?? this.whenAnswered(() => this.take())
  }

  /** Waits until {@link generate} gives an id at once. Throws as that does. */
  ready(): Reply<true> {
    const isReady = (): true | undefined =>
      this.next !== undefined || this.used < this.current.length ? true : undefined
    if (isReady()) return true
    this.askForNext()
    return isReady() ?? this.whenAnswered(isReady)
  }

  private whenAnswered<T>(ask: () => T | undefined): Waiting<T> {
    const failuresBefore = this.failures
    return Waiting.until({
      on: [this.answered],
      ask: () => {
        const answer = ask()
        if (answer === undefined && this.failures > failuresBefore) {
          throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS', 'Producer ID block is full. Waiting for next block')
        }
        return answer
      },
    })
  }

  private take(): number | undefined {
    if (this.used === this.current.length && this.next !== undefined) {
      this.current = this.next
      this.next = undefined
      this.used = 0
    }
    const id = this.used < this.current.length ? this.current.start + this.used++ : undefined
    if (this.used >= this.current.length * PREFETCH_AT) this.askForNext()
    return id
  }

  private askForNext(): void {
    if (this.asking || this.next !== undefined) return
    this.asking = true
    const epoch = this.image.broker(this.nodeId)?.epoch ?? -1
    const answered = (block: ProducerIdBlock | undefined): void => {
      this.asking = false
      this.next = block
      if (block === undefined) this.failures++
      this.answered.mark()
    }
    this.controller.send(
      (controller) => controller.allocateProducerIds(this.nodeId, epoch),
      (block) => answered(block),
      () => answered(undefined),
    )
  }
}
