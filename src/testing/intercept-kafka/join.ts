import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Joins a client's connection that was intercepted to one in memory: what either says, and how it ends, the other hears.
 * @param socket the server's end of what was intercepted
 * @returns ends both
 */
export function join(socket: Socket, connection: Duplex): () => void {
  socket.on('data', (bytes: Buffer) => connection.write(bytes))
  // Of the client's end: it has no more to say.
  socket.on('finish', () => connection.end())
  socket.on('close', () => connection.destroy())
  socket.on('drain', () => connection.resume())
  connection.on('data', (bytes: Buffer) => {
    if (!socket.destroyed && !socket.write(bytes)) connection.pause()
  })
  connection.on('end', () => endOf(socket))
  connection.on('error', (error) => socket.destroy(error))
  return () => {
    endOf(socket)
    connection.destroy()
  }
}

function endOf(socket: Socket): void {
  if (!socket.destroyed) socket.end()
}
