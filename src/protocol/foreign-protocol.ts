/** The methods of HTTP, with the preface of HTTP/2. */
const HTTP = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PRI) ([!-~]*)/
const TLS_HANDSHAKE = 0x16
const TLS_MAJOR_VERSION = 3

/**
 * What bytes that are no frame of Kafka's look like, so that whoever pointed the wrong client at a broker is told so:
 * 'looks like TLS', 'looks like HTTP (GET /)'. Undefined for bytes that look like nothing known.
 */
export function foreignProtocol(bytes: Buffer): string | undefined {
  if (bytes[0] === TLS_HANDSHAKE && bytes[1] === TLS_MAJOR_VERSION) {
    return 'looks like TLS, but this listener speaks plain text'
  }
  const text = bytes.toString('latin1')
  const http = HTTP.exec(text)
  if (http !== null) return `looks like HTTP (${http[1]} ${http[2]})`
  if (text.startsWith('PROXY ')) return 'looks like the PROXY protocol'
  if (text.startsWith('SSH-')) return 'looks like SSH'
  return undefined
}
