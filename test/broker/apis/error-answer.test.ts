import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorAnswer } from '../../../src/broker/apis/error-answer.ts'
import { handlersByKey } from '../../../src/broker/apis/handlers.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { DeleteGroups } from '../../../src/protocol/messages/delete-groups.ts'
import { DescribeConfigs } from '../../../src/protocol/messages/describe-configs.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { arbitraryMessage } from '../../protocol/arbitraries.ts'

const errorCode = ErrorCode.UNKNOWN_SERVER_ERROR

describe('the answer to a request that fails as a whole', () => {
  test('has the error itself where there is room for one', () => {
    const body = { topics: [{ name: 't', partitionIndexes: [0] }] } as never
    expect(errorAnswer(OffsetFetch, body, errorCode, 2)).toEqual({ errorCode })
  })

  test('has it otherwise beside each thing that the request names', () => {
    const offsets = { topics: [{ name: 't', partitionIndexes: [0, 3] }] } as never
    expect(errorAnswer(OffsetFetch, offsets, errorCode, 1)).toEqual({
      topics: [
        {
          name: 't',
          partitions: [
            { partitionIndex: 0, errorCode },
            { partitionIndex: 3, errorCode },
          ],
        },
      ],
    })
    expect(errorAnswer(DeleteGroups, { groupsNames: ['g', 'h'] }, errorCode, 2)).toEqual({
      results: [
        { groupId: 'g', errorCode },
        { groupId: 'h', errorCode },
      ],
    })
    const configs = { resources: [{ resourceType: 2, resourceName: 't', configurationKeys: null }] } as never
    expect(errorAnswer(DescribeConfigs, configs, errorCode, 4)).toEqual({
      results: [{ resourceType: 2, resourceName: 't', errorCode }],
    })
  })

  test.each([...handlersByKey.values()].map(({ api }) => [api.name, api] as const))(
    'of %s can be sent in every version',
    (_, api) => {
      for (let version = api.versions.min; version <= api.versions.max; version++) {
        fc.assert(
          fc.property(arbitraryMessage(api.request, version), (body) => {
            api.response.encode(errorAnswer(api, body, errorCode, version) as object, version)
          }),
          { numRuns: 10 },
        )
      }
    },
  )
})
