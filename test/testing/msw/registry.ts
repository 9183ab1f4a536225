import { setupServer } from 'msw/node'
import { KafkaCluster } from '../../../src/index.ts'
import { type SchemaRegistryOptions, schemaRegistry } from '../../../src/testing/msw/index.ts'

export const URL_OF_REGISTRY = 'http://registry.test'

/** What the registry answered. */
export interface Answer {
  readonly status: number
  readonly type: string | null
  // biome-ignore lint/suspicious/noExplicitAny: whatever the answer is, the test says what of it there has to be
  readonly body: any
}

/** A registry over a cluster, and what asks it. */
export class RegistryUnderTest implements AsyncDisposable {
  readonly cluster: KafkaCluster
  readonly #close: () => void
  readonly url: string

  constructor(cluster: KafkaCluster, url: string, close: () => void) {
    this.cluster = cluster
    this.url = url
    this.#close = close
  }

  static async start(options: Partial<SchemaRegistryOptions> = {}): Promise<RegistryUnderTest> {
    const cluster = await KafkaCluster.start()
    const url = options.url ?? URL_OF_REGISTRY
    const server = setupServer(...schemaRegistry(cluster, { url, ...options }))
    server.listen({ onUnhandledFrame: 'error' })
    return new RegistryUnderTest(cluster, url, () => server.close())
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
    })
    const text = await response.text()
    return { status: response.status, type: response.headers.get('content-type'), body: parsed(text) }
  }

  /** Registers a schema, and tells what came of it. */
  register(subject: string, schema: unknown, more: object = {}): Promise<Answer> {
    const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
    return this.ask('POST', `/subjects/${subject}/versions`, { schema: text, ...more })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
    await this.cluster.stop()
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
