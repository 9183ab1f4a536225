import type { Socket } from 'node:net'

const NO_TCP =
  'a client that connected over TCP was refused: timers were faked when the cluster was started, and the bytes of a socket do not arrive ' +
  'while faked time jumps. Connect without sockets (cluster.socketFactory for kafkajs, cluster.clientConfig() for memkafka/client, ' +
  'interceptKafka of memkafka/testing for others), or start the cluster before timers are faked, or fake Date alone.'

/** What becomes of clients over TCP where timers were faked: the first is warned of. */
export function refuseTcp(): (socket: Socket) => void {
  let warned = false
  return (socket) => {
    socket.on('error', () => {})
    socket.resetAndDestroy()
    if (!warned) process.emitWarning(NO_TCP, 'MemkafkaWarning')
    warned = true
  }
}
