import { setupServer } from 'msw/node'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { type RestProxyOptions, restProxy } from '../../../src/testing/msw/index.ts'

export const JSON_V2 = 'application/vnd.kafka.json.v2+json'
export const BINARY_V2 = 'application/vnd.kafka.binary.v2+json'
export const V2 = 'application/vnd.kafka.v2+json'
const URL_OF_PROXY = 'http://rest.test'

/** What the proxy answered. */
export interface Answer {
  readonly status: number
  readonly type: string | null
  // biome-ignore lint/suspicious/noExplicitAny: whatever the answer is, the test says what of it there has to be
  readonly body: any
}

export interface Headers {
  readonly type?: string
  readonly accept?: string
}

/** A REST Proxy over a cluster, and what asks it. */
export class RestProxyUnderTest implements AsyncDisposable {
  readonly cluster: KafkaCluster
  readonly #close: () => void

  constructor(cluster: KafkaCluster, close: () => void) {
    this.cluster = cluster
    this.#close = close
  }

  static async start(
    options: ClusterOptions = { topics: { orders: { partitions: 2 } } },
    proxy: Partial<RestProxyOptions> = {},
  ): Promise<RestProxyUnderTest> {
    const cluster = await KafkaCluster.start(options)
    const server = setupServer(...restProxy(cluster, { url: URL_OF_PROXY, ...proxy }))
    server.listen({ onUnhandledFrame: 'error' })
    return new RestProxyUnderTest(cluster, () => server.close())
  }

  /** Where records of a topic are sent by the third version. */
  records(topic: string): string {
    return `/v3/clusters/${this.cluster.clusterId}/topics/${topic}/records`
  }

  async ask(method: string, path: string, body?: unknown, { type, accept }: Headers = {}): Promise<Answer> {
    const response = await this.send(method, path, body === undefined ? undefined : JSON.stringify(body), {
      type: type ?? (path.startsWith('/v3/') ? 'application/json' : JSON_V2),
      accept: accept ?? '*/*',
    })
    const text = await response.text()
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: text === '' ? undefined : JSON.parse(text),
    }
  }

  /** As it is. */
  send(
    method: string,
    path: string,
    body: string | ReadableStream | undefined,
    { type, accept }: Headers,
  ): Promise<Response> {
    return fetch(`${URL_OF_PROXY}${path}`, {
      method,
      headers: { ...(type === undefined ? {} : { 'Content-Type': type }), Accept: accept ?? '*/*' },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    } as RequestInit)
  }

  /** The status and the code of an error. */
  async codes(...asked: Parameters<RestProxyUnderTest['ask']>): Promise<unknown> {
    const { status, body } = await this.ask(...asked)
    return [status, body.error_code]
  }

  /** Makes a consumer, and says where it is. */
  async consumer(group: string, options: object = {}): Promise<string> {
    const all = { name: 'one', format: 'json', 'auto.offset.reset': 'earliest', ...options }
    const { body } = await this.ask('POST', `/consumers/${group}`, all)
    return body.base_uri.slice(URL_OF_PROXY.length)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
    await this.cluster.stop()
  }
}
