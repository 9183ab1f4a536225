import type { Input } from '../../../src/protocol/message.ts'
import { ApiVersions, type ApiVersionsRequest } from '../../../src/protocol/messages/api-versions.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { casesOf } from '../case.ts'

const SOFTWARE = { clientSoftwareName: 'conformance', clientSoftwareVersion: '1.0' }

export const apiVersions = casesOf(ApiVersions, ['INVALID_REQUEST', 'REBOOTSTRAP_REQUIRED', 'UNSUPPORTED_VERSION'], {
  'a client that names itself': async (world) => {
    await world.ask(ApiVersions, SOFTWARE)
    await world.ask(ApiVersions, SOFTWARE, { as: 'again' })
  },
  'names that are wrong': [
    { versions: '3+' },
    async (world) => {
      const wrong: Record<string, Input<ApiVersionsRequest>> = {
        'a space': { ...SOFTWARE, clientSoftwareName: 'con formance' },
        nothing: { ...SOFTWARE, clientSoftwareName: '' },
        'a dash at the end': { ...SOFTWARE, clientSoftwareName: 'conformance-' },
        'a dot at the beginning': { ...SOFTWARE, clientSoftwareName: '.conformance' },
        'a version that is nothing': { ...SOFTWARE, clientSoftwareVersion: '' },
        'a version with a plus': { ...SOFTWARE, clientSoftwareVersion: '1+2' },
        'neither name nor version': {},
      }
      for (const [as, body] of Object.entries(wrong)) await world.ask(ApiVersions, body, { as })
      await world.ask(ApiVersions, { clientSoftwareName: 'a', clientSoftwareVersion: 'a-.b' }, { as: 'short ones' })
    },
  ],
  'a version that is not there': async (world) => {
    // A client that knows more than the broker is told what the broker knows, in version 0 (KIP-511).
    for (const version of [99, 32_767, -1]) await world.askUnknownVersion(version)
    await world.ask(ApiVersions, SOFTWARE, { as: 'afterwards' })
  },
  'another cluster or node': [
    { versions: '5+' },
    async (world) => {
      const { clusterId } = await world.arrange(Metadata, { topics: [] })
      const meant: Record<string, Input<ApiVersionsRequest>> = {
        'the right ones': { clusterId, nodeId: 1 },
        'another node': { clusterId, nodeId: 2 },
        'another cluster': { clusterId: 'AAAAAAAAAAAAAAAAAAAAQQ', nodeId: 1 },
        'a cluster without a node': { clusterId },
        'a node without a cluster': { nodeId: 1 },
        'an empty cluster': { clusterId: '', nodeId: 1 },
        'a node below zero': { clusterId, nodeId: -2 },
      }
      for (const [as, body] of Object.entries(meant)) await world.ask(ApiVersions, { ...SOFTWARE, ...body }, { as })
    },
  ],
})
