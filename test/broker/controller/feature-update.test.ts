import { describe, expect, test } from 'vitest'
import type { ClusterFeature } from '../../../src/broker/controller/decision.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerFixture, newestFeatures } from './metadata-fixture.ts'

const ELR = 'eligible.leader.replicas.version'
const elr = (finalized: number): ClusterFeature => ({ name: ELR, min: 0, max: 1, finalized })

function started(features: ClusterFeature[] = [...newestFeatures, elr(0)], configs: Record<string, string> = {}) {
  const fixture = new ControllerFixture(1, configs, features)
  const update = (updates: Record<string, [level: number, upgradeType?: number]>, validateOnly = false) =>
    fixture.controller.updateFeatures({
      featureUpdates: Object.entries(updates).map(([feature, [maxVersionLevel, upgradeType = 1]]) => ({
        feature,
        maxVersionLevel,
        upgradeType,
        allowDowngrade: false,
      })),
      validateOnly,
    })
  return { fixture, update, level: (name: string) => fixture.controller.image.features().get(name) }
}

describe('UpdateFeatures', () => {
  test('changes the level at which the cluster runs a feature, or only says whether it would', () => {
    const { update, level, fixture } = started()
    expect(update({ [ELR]: [1] }, true).errorCode).toBe(0)
    expect(level(ELR)).toBeUndefined()
    expect(update({ [ELR]: [1] }).errorCode).toBe(0)
    expect(level(ELR)).toBe(1)
    expect(fixture.image.features().get(ELR)).toBe(1)
    expect(update({ [ELR]: [0, 2] }).errorCode).toBe(0)
    expect(level(ELR)).toBeUndefined()
  })

  test('changes all features or none, from 4.0 on', () => {
    const { update, level } = started()
    const answer = update({ [ELR]: [1], 'no.such.version': [1] })
    expect([errorName(answer.errorCode), answer.errorMessage]).toEqual([
      'INVALID_UPDATE_VERSION',
      'The update failed for all features since the following feature had an error: Invalid update version 1 for ' +
        'feature no.such.version. Local controller 3000 does not support this feature.',
    ])
    expect(level(ELR)).toBeUndefined()
  })

  test('changes each by itself before 4.0', () => {
    const { update, level } = started([{ name: 'metadata.version', min: 1, max: 21, finalized: 20 }])
    const answer = update({ 'metadata.version': [21], 'a.version': [1] })
    expect(answer.results.map(({ feature, errorCode }) => [feature, errorName(errorCode)])).toEqual([
      ['a.version', 'INVALID_UPDATE_VERSION'],
      ['metadata.version', 'NONE'],
    ])
    expect(level('metadata.version')).toBe(21)
  })

  test('has records written as the new metadata.version has them', () => {
    const { update, fixture } = started([{ name: 'metadata.version', min: 1, max: 21, finalized: 14 }])
    fixture.topic('before', [[1]])
    expect(fixture.partition('before').directories).toEqual([])
    update({ 'metadata.version': [21] })
    fixture.topic('after', [[1]])
    // The broker registered before there were directories.
    expect(fixture.partition('after').directories).toEqual(['AAAAAAAAAAAAAAAAAAAAAA'])
  })

  test('sets how many replicas must be in sync for the whole cluster, with the first eligible leaders', () => {
    const { update, fixture } = started(undefined, { 'min.insync.replicas': '2' })
    const operations = [{ name: 'min.insync.replicas', configOperation: 0, value: '3' }]
    fixture.controller.changeConfigs([{ resource: { type: 4, name: '1' }, operations }], false)
    update({ [ELR]: [1] })
    expect(fixture.image.configs(4, '').get('min.insync.replicas')).toBe('2')
    expect(fixture.image.configs(4, '1').size).toBe(0)
  })

  test('finds no eligible leaders at an older metadata.version', () => {
    const { update } = started([{ name: 'metadata.version', min: 7, max: 33, finalized: 22 }, elr(0)])
    expect(update({ [ELR]: [1] }).errorMessage).toMatch(
      `${ELR} could not be set to 1 because it depends on metadata.version level 23`,
    )
    expect(update({ [ELR]: [1], 'metadata.version': [23] }).errorCode).toBe(0)
  })
})
