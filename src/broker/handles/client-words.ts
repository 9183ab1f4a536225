import type { OpenConnection } from '../network/connected-client.ts'

/*
 * Clients in the words of errors.
 */

/** By its id, which clients may leave out. */
export function clientName(clientId: string | null | undefined): string {
  return clientId === null || clientId === undefined || clientId === '' ? 'a client without an id' : clientId
}

/** `worker-1 of the group billing to broker 2, which last asked for Heartbeat v4` */
export function clientTold({
  clientId,
  remote,
  nodeId,
  groupId,
  transactionalId,
  lastRequest,
}: OpenConnection): string {
  const group = groupId === undefined ? '' : ` of the group ${groupId}`
  const transaction = transactionalId === undefined ? '' : ` with the transactional id ${transactionalId}`
  const who = `${clientId || remote}${group}${transaction} to broker ${nodeId}`
  if (lastRequest === undefined) return `${who}, which has asked for nothing yet`
  const { api, version, isAnswered } = lastRequest
  return `${who}, which ${isAnswered ? 'last asked for' : 'waits for an answer to'} ${api} v${version}`
}
