import { expect, test } from 'vitest'
import { foreignProtocol } from '../../src/protocol/foreign-protocol.ts'

test.each([
  [Buffer.from([0x16, 3, 1, 2, 0]), 'looks like TLS, but this listener speaks plain text'],
  [Buffer.from('GET /topics?all HTTP/1.1\r\n\r\n'), 'looks like HTTP (GET /topics?all)'],
  [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'looks like HTTP (PRI *)'],
  [Buffer.from('PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n'), 'looks like the PROXY protocol'],
  [Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'), 'looks like SSH'],
  [Buffer.from('GET /\x1b[2J\n HTTP/1.1'), 'looks like HTTP (GET /)'],
  [Buffer.from([0x7f, 0xff, 0xff, 0xff]), undefined],
  [Buffer.alloc(0), undefined],
])('%s', (bytes, name) => {
  expect(foreignProtocol(bytes)).toBe(name)
})
