import { ApiVersions } from '../../../src/protocol/messages/api-versions.ts'
import { casesOf } from '../case.ts'

export const apiVersions = casesOf(ApiVersions, ['UNSUPPORTED_VERSION', 'INVALID_REQUEST'], {
  'a client that names itself': async (world) => {
    await world.ask(ApiVersions, { clientSoftwareName: 'conformance', clientSoftwareVersion: '1.0' })
  },
  'a name with a space in it': [
    { versions: '3+' },
    async (world) => {
      await world.ask(ApiVersions, { clientSoftwareName: 'con formance', clientSoftwareVersion: '1.0' })
    },
  ],
})
