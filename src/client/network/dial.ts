import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { NetConfig } from '../config/sections.ts'
import { secured } from './tls.ts'

/**
 * Opens a stream of bytes to a broker: by `net.dial` when there is one, else by TCP; with `net.tls.enable`, TLS over it. It can be written
 * to after {@link whenOpen}. Its errors are for whoever listens; when nobody does, they end the stream alone.
 *
 * @param signal ends what `net.dial` does
 * @throws what `net.dial` throws, the signal's reason when it is aborted
 */
export function openStream(
  { net }: { readonly net: NetConfig },
  host: string,
  port: number,
  signal: AbortSignal,
): Duplex {
  signal.throwIfAborted()
  const stream = opened(net, host, port, signal)
  stream.on('error', () => {})
  return stream
}

function opened(net: NetConfig, host: string, port: number, signal: AbortSignal): Duplex {
  if (net.dial !== null) {
    const stream = net.dial(host, port, { signal })
    return net.tls.enable ? secured(net.tls.config, host, stream) : stream
  }
  const options = {
    host,
    port,
    noDelay: true,
    keepAlive: net.keepAlive > 0,
    keepAliveInitialDelay: net.keepAlive,
  }
  return net.tls.enable ? secured(net.tls.config, host, options) : connect(options)
}

/**
 * Resolves when a stream can be written to: when TCP is connected, when TLS knows its peer, at once for any other.
 * Rejects with the stream's error; with the signal's reason when it is aborted before, and the stream is destroyed then.
 */
export function whenOpen(stream: Duplex, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => (): void => {
      if (event !== undefined) stream.off(event, opened)
      stream.off('error', failed)
      stream.off('close', closed)
      signal.removeEventListener('abort', aborted)
      done()
    }
    const opened = settle(resolve)
    const failed = (error: Error): void => settle(() => reject(error))()
    const closed = settle(() => reject(stream.errored ?? new Error('the connection was closed before it was open')))
    const aborted = settle(() => {
      stream.destroy()
      reject(signal.reason)
    })
    const event = openingEvent(stream)
    if (signal.aborted) return aborted()
    if (stream.destroyed) return closed()
    if (event === undefined) return opened()
    stream.on(event, opened)
    stream.on('error', failed)
    stream.on('close', closed)
    signal.addEventListener('abort', aborted)
  })
}

/** What a stream that is not yet open says when it is. */
function openingEvent(stream: Duplex & { connecting?: boolean; secureConnecting?: boolean }): string | undefined {
  if (stream.secureConnecting === true) return 'secureConnect'
  return stream.connecting === true ? 'connect' : undefined
}
