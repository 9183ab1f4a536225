/** An address as Java's `InetAddress.toString` prints it when there is no name to it: how Kafka tells a client's host. */
export function javaAddress(address: string): string {
  return `/${address}`
}
