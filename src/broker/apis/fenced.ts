import { ErrorCode } from '../../protocol/errors.ts'

/** The code of an error, but INVALID_PRODUCER_EPOCH for PRODUCER_FENCED where the version is one before the first that knows it (KIP-588). */
export function fencedBefore(firstVersion: number, errorCode: number, version: number): number {
  const unknown = version < firstVersion && errorCode === ErrorCode.PRODUCER_FENCED
  return unknown ? ErrorCode.INVALID_PRODUCER_EPOCH : errorCode
}
