import { expect } from 'memkafka/vitest'
import { decodeReading, Thermometer } from './services/thermometer.ts'
import { test } from './test.ts'

test('readings are compared by what they say, not by their bytes', async ({ client, start, prefix, topic }) => {
  const thermometer = await start(new Thermometer(client, prefix))
  await thermometer.read({ sensor: 'hall', celsius: 21.5 })
  const readings = topic('readings')
  await expect(readings).toHaveRecord({ value: { sensor: 'hall', celsius: 21.5 } }, { value: decodeReading })
  const warm = await readings.waitFor(({ value }) => Number(value?.celsius) > 20, { value: decodeReading })
  expect(warm.key).toBe('hall')
})
