import type { HostPort } from '../../protocol/host-port.ts'

/** Where a broker is said to be; undefined: where it is. */
export type AddressOf = (nodeId: number) => HostPort | undefined
