import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { ApiVersions } from '../../../src/protocol/messages/api-versions.ts'
import { UpdateFeatures } from '../../../src/protocol/messages/update-features.ts'
import { WireClient } from '../../wire-client.ts'

const ELR = 'eligible.leader.replicas.version'

async function finalized(client: WireClient): Promise<Record<string, number>> {
  const { finalizedFeatures } = await client.send(ApiVersions, 4, {
    clientSoftwareName: 'test',
    clientSoftwareVersion: '1',
  })
  return Object.fromEntries(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
}

test.each([1, 2])('UpdateFeatures version %i changes what ApiVersions tells of features', async (version) => {
  await using cluster = await KafkaCluster.start({ brokers: 2 })
  const client = new WireClient(cluster.connect(2))
  expect(await finalized(client)).toMatchObject({ [ELR]: 1 })
  const featureUpdates = [{ feature: ELR, maxVersionLevel: 0, upgradeType: 2 }]
  expect(await client.send(UpdateFeatures, version, { featureUpdates })).toMatchObject({ errorCode: 0 })
  expect(await finalized(client)).not.toHaveProperty([ELR])
  client.close()
})

test('UpdateFeatures is refused by a broker of a release before KRaft that is not the controller', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 2, version: '2.8' })
  const client = new WireClient(cluster.connect(2))
  const { errorCode } = await client.send(UpdateFeatures, 0, { featureUpdates: [] })
  expect(errorName(errorCode)).toBe('NOT_CONTROLLER')
  client.close()
})

test('UpdateFeatures tells of all features where there is one error for them, of each where there is not', async () => {
  const featureUpdates = [{ feature: 'metadata.version', maxVersionLevel: 999 }]
  const ask = async (version: string) => {
    await using cluster = await KafkaCluster.start({ version })
    const client = new WireClient(cluster.connect())
    const answer = await client.send(UpdateFeatures, 0, { featureUpdates })
    client.close()
    return [errorName(answer.errorCode), answer.results.map(({ errorCode }) => errorName(errorCode))]
  }
  expect(await ask('4.4')).toEqual(['INVALID_UPDATE_VERSION', []])
  expect(await ask('3.9')).toEqual(['NONE', ['INVALID_UPDATE_VERSION']])
})
