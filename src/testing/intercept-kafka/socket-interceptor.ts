import type { Socket } from 'node:net'

/** What is used of the optional peer `@mswjs/interceptors`, so that nobody's types need it. */
interface SocketInterceptor {
  apply(owner: object): void
  dispose(owner: object): void
  on(type: 'connection', listener: ConnectionListener): unknown
  removeListener(type: 'connection', listener: ConnectionListener): unknown
  listeners(type: 'connection'): readonly object[]
}

export type ConnectionListener = (event: InterceptedConnection) => void

/** A connection that is being opened. */
export interface InterceptedConnection {
  /** The server's end: what it writes the client reads. Its other events and properties are those of the client's end. */
  readonly socket: Socket
  readonly connectionOptions: { readonly host?: unknown; readonly port?: unknown; readonly path?: unknown }
  readonly controller: {
    /** 0 as long as nobody has said what becomes of it. */
    readonly readyState: number
    /** Has the connection succeed, wherever it was to go. */
    claim(): void
    /** Has it go where it was to go. */
    passthrough(): unknown
  }
}

type SocketInterceptorClass = (new () => SocketInterceptor) & {
  readonly symbol: symbol
  singleton(of: SocketInterceptorClass): SocketInterceptor
}

const PEER = '@mswjs/interceptors'

/**
 * The one interceptor of sockets in this process, which msw shares: a second one beside it cannot be.
 * @throws Error when `@mswjs/interceptors` is not installed, or is too old
 */
export async function socketInterceptor(): Promise<SocketInterceptor> {
  const { SocketInterceptor: Class } = await load()
  if (typeof Class?.singleton !== 'function') throw new Error(`interceptKafka wants ${PEER} 0.45 or newer`)
  // Another copy of the package may have made it, such as msw's own.
  const made: unknown = Reflect.get(globalThis, '__MSW_INTERCEPTORS_REGISTRY')
  const existing = made instanceof Map ? (made.get(Class.symbol) as SocketInterceptor | undefined) : undefined
  return existing ?? Class.singleton(Class)
}

async function load(): Promise<{ SocketInterceptor?: SocketInterceptorClass }> {
  // Not known to bundlers: it is there only where someone brought it.
  const name: string = `${PEER}/net`
  try {
    return await import(name)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Modules run in a context that imports none, as jest's does unless it is told otherwise.
    if (code?.startsWith('ERR_VM_DYNAMIC_IMPORT') === true) {
      const hint = 'run jest with NODE_OPTIONS=--experimental-vm-modules'
      throw new Error(`interceptKafka cannot import ${PEER}, which is an ES module, here: ${hint}`, { cause: error })
    }
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error
    throw new Error(`interceptKafka needs ${PEER}, 0.45 or newer: npm install --save-dev ${PEER}`, { cause: error })
  }
}
