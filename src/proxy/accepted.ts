import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'

/** What Node.js has beneath a socket, and does not show. */
interface Handled {
  _handle?: { readonly useUserBuffer?: unknown } | null
}

/**
 * A client's socket that reads to where it is told to, as Node.js offers for connections that one makes, and not for those that one
 * accepts: what it reads to otherwise is new memory for each chunk, and V8 goes over the whole heap for every few MB of it. The same
 * socket, with its `data` events, where Node.js has it beneath in another way than it did so far.
 */
export function readingTo(accepted: Socket, onread: OnReadOpts): Socket {
  const { _handle: handle } = accepted as Handled
  // Somebody has looked at what came first, or there is no such thing.
  if (typeof handle?.useUserBuffer !== 'function' || accepted.readableLength > 0) return accepted
  ;(accepted as Handled)._handle = null
  const socket = new Socket({ handle, onread } as SocketConstructorOpts)
  // It is of no listener's connections any more.
  accepted.destroy()
  return socket
}
