/** The same promise, but for the signal: aborted, it rejects with its reason. What the promise is of goes on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    // What comes of it when nobody waits any longer is nobody's error.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
