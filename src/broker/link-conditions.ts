/** What stands at an end of a link: a broker by its node id, the controller, or the clients. */
export type Endpoint = number | 'controller' | 'clients'

/** An end of a link in words. */
export function endpointName(end: Endpoint): string {
  return typeof end === 'number' ? `broker ${end}` : end
}

/** What a link does to what is sent over it, in one direction. */
export interface LinkConditions {
  /** How long everything takes to arrive, ms. Order is kept. */
  readonly delay?: number
  /** How much is lost, from 0 (nothing) to 1 (everything): a whole request or answer each time; the connection stays. */
  readonly drop?: number
}
