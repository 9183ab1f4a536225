import { patience } from '../../clock.ts'
import type { RunUntil } from '../../cluster-clock.ts'
import { type Asked, checkTimeout, placed, UnmetWaitError, type WaitOptions } from '../waits/limited-waits.ts'
import { type ClockSurroundings, settle } from './settling.ts'

/** How `runUntil` moves a clock. */
export interface Movement {
  around(): ClockSurroundings
  now(): number
  /** Moves the time on by one step, and has connections settle; false when there is nothing to move on to. */
  move(): Promise<boolean>
}

/** `runUntil` of a clock that is moved so. */
export function runUntilBy(movement: Movement): RunUntil {
  return async <T>(wanted: PromiseLike<T> | (() => boolean | Promise<boolean>), options: WaitOptions = {}) => {
    if (typeof wanted === 'function') return (await moveUntil(wanted, options, movement)) as T
    let isSettled = false
    const settled = (): void => {
      isSettled = true
    }
    wanted.then(settled, settled)
    await moveUntil(() => isSettled, options, movement)
    return wanted
  }
}

/** Moves a clock until a condition holds, or patience is at an end. */
async function moveUntil(
  condition: () => boolean | Promise<boolean>,
  { timeout, signal }: WaitOptions,
  { around: surroundings, now, move }: Movement,
): Promise<void> {
  const around = surroundings()
  const limit = timeout ?? around.waitTimeout
  checkTimeout(limit)
  const asked: Asked = {}
  Error.captureStackTrace(asked, moveUntil)
  const start = now()
  let moves = 0
  const { promise: expired, reject } = Promise.withResolvers<never>()
  let isExpired = false
  expired.catch(() => {
    isExpired = true
  })
  const timer = limit === Number.POSITIVE_INFINITY ? undefined : patience.setTimer(limit, () => reject(unmet()))
  const unmet = (): UnmetWaitError =>
    placed(
      new UnmetWaitError(
        `runUntil: what it waits for did not come within ${limit} ms of real time.\n` +
          `The cluster's time went on by ${now() - start} ms meanwhile, in ${moves} steps.`,
      ),
      asked,
    )
  const signals = [signal, around.signal?.()].filter((one) => one !== undefined)
  const abort = ({ target }: Event): void => reject((target as AbortSignal).reason)
  for (const one of signals) one.addEventListener('abort', abort, { once: true })
  try {
    for (const one of signals) one.throwIfAborted()
    await settle(around)
    for (;;) {
      const answer = condition()
      if (typeof answer === 'boolean' ? answer : await Promise.race([answer, expired])) return
      if (isExpired) await expired
      if (!(await move())) {
        throw placed(
          new UnmetWaitError('runUntil: what it waits for has not come, and the cluster has no timer left to wait for'),
          asked,
        )
      }
      moves++
    }
  } finally {
    timer?.cancel()
    for (const one of signals) one.removeEventListener('abort', abort)
  }
}
