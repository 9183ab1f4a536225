import type { Input } from '../../../src/protocol/message.ts'
import { ApiVersions } from '../../../src/protocol/messages/api-versions.ts'
import {
  UpdateFeatures,
  type UpdateFeaturesRequest,
  type UpdateFeaturesResponse,
} from '../../../src/protocol/messages/update-features.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'

const UpgradeType = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const
const METADATA_VERSION = 'metadata.version'
const ELR = 'eligible.leader.replicas.version'

type Update = readonly [feature: string, level: number, upgradeType?: number]

function updating(updates: readonly Update[], validateOnly = false): Input<UpdateFeaturesRequest> {
  return {
    featureUpdates: updates.map(([feature, maxVersionLevel, upgradeType = UpgradeType.UPGRADE]) => ({
      feature,
      maxVersionLevel,
      upgradeType,
    })),
    timeoutMs: 5000,
    validateOnly,
  }
}

/** The controller is another node on each side. */
const ofAnyController = {
  telling: (answer: UpdateFeaturesResponse): UpdateFeaturesResponse => ({
    ...answer,
    errorMessage: withoutId(answer.errorMessage),
    results: answer.results.map((result) => ({ ...result, errorMessage: withoutId(result.errorMessage) })),
  }),
}

function withoutId(message: string | null): string | null {
  return message?.replace(/Local controller \d+/, 'Local controller <id>') ?? null
}

/** The level that a feature runs at. */
async function levelOf(world: World, feature: string): Promise<number | undefined> {
  const asked = { clientSoftwareName: 'conformance', clientSoftwareVersion: '1' }
  const { finalizedFeatures } = await world.arrange(ApiVersions, asked, { version: 4 })
  return finalizedFeatures.find(({ name }) => name === feature)?.maxVersionLevel
}

export const updateFeatures = casesOf(UpdateFeatures, ['INVALID_UPDATE_VERSION', 'NOT_CONTROLLER'], {
  'the level that there is': async (world) => {
    const level = (await levelOf(world, METADATA_VERSION)) ?? 0
    await world.ask(UpdateFeatures, updating([[METADATA_VERSION, level]], true), { as: 'validated' })
    await world.ask(UpdateFeatures, updating([[METADATA_VERSION, level]]))
    world.note('level', (await levelOf(world, METADATA_VERSION)) === level)
  },
  'levels that are not supported': async (world) => {
    for (const level of [-1, 0, 99, 32_767]) {
      await world.ask(UpdateFeatures, updating([[METADATA_VERSION, level]]), { as: `${level}`, ...ofAnyController })
    }
    await world.ask(UpdateFeatures, updating([[ELR, 9]]), { as: 'of another feature', ...ofAnyController })
  },
  'features that are not there': async (world) => {
    for (const feature of ['no.such.version', '']) {
      await world.ask(UpdateFeatures, updating([[feature, 1]]), { as: `'${feature}'`, ...ofAnyController })
    }
    await world.ask(UpdateFeatures, updating([['no.such.version', 0]]), { as: 'level 0', ...ofAnyController })
  },
  'a downgrade': async (world) => {
    const level = (await levelOf(world, METADATA_VERSION)) ?? 0
    for (const upgradeType of [UpgradeType.UPGRADE, UpgradeType.SAFE_DOWNGRADE, UpgradeType.UNSAFE_DOWNGRADE]) {
      const update: Update = [METADATA_VERSION, 8, upgradeType]
      await world.ask(UpdateFeatures, updating([update]), { as: `of type ${upgradeType}`, ...ofAnyController })
    }
    const allowed = { feature: METADATA_VERSION, maxVersionLevel: 8, allowDowngrade: true }
    await world.ask(UpdateFeatures, { featureUpdates: [allowed], timeoutMs: 5000 }, { as: 'that is allowed' })
    await world.ask(UpdateFeatures, updating([[METADATA_VERSION, 3, UpgradeType.SAFE_DOWNGRADE]]), {
      as: 'to what was before KRaft',
      ...ofAnyController,
    })
    world.note('level', (await levelOf(world, METADATA_VERSION)) === level)
  },
  'a downgrade to a level that is no lower': [
    { versions: '1+' },
    async (world) => {
      const level = (await levelOf(world, METADATA_VERSION)) ?? 0
      const same: Update = [METADATA_VERSION, level, UpgradeType.SAFE_DOWNGRADE]
      await world.ask(UpdateFeatures, updating([same]), ofAnyController)
      const higher: Update = [METADATA_VERSION, level + 1, UpgradeType.SAFE_DOWNGRADE]
      await world.ask(UpdateFeatures, updating([higher]), { as: 'higher', ...ofAnyController })
    },
  ],
  'no kind of update': [
    { versions: '1+' },
    async (world) => {
      for (const upgradeType of [0, 4, -1]) {
        await world.ask(UpdateFeatures, updating([[METADATA_VERSION, 8, upgradeType]]), { as: `${upgradeType}` })
      }
    },
  ],
  'several features': async (world) => {
    const level = (await levelOf(world, METADATA_VERSION)) ?? 0
    const updates: Update[] = [
      ['b.version', 1],
      [METADATA_VERSION, level],
      ['a.version', 1],
    ]
    await world.ask(UpdateFeatures, updating(updates), ofAnyController)
    const twice: Update[] = [
      [METADATA_VERSION, 99],
      [METADATA_VERSION, level],
    ]
    await world.ask(UpdateFeatures, updating(twice), { as: 'one twice', ...ofAnyController })
  },
  'no features': async (world) => {
    await world.ask(UpdateFeatures, updating([]))
  },
  'eligible leaders': [
    { versions: '1+' },
    async (world) => {
      if ((await levelOf(world, ELR)) !== 1) return
      await world.ask(UpdateFeatures, updating([[ELR, 0, UpgradeType.SAFE_DOWNGRADE]], true), { as: 'validated' })
      await world.ask(UpdateFeatures, updating([[ELR, 0, UpgradeType.SAFE_DOWNGRADE]]), { as: 'off' })
      await world.settled()
      world.note('level', (await levelOf(world, ELR)) ?? null)
      await world.ask(UpdateFeatures, updating([[ELR, 1]]), { as: 'on' })
      await world.settled()
      world.note('level again', (await levelOf(world, ELR)) ?? null)
    },
  ],
})
