/** Asks again and again until the answer is the one that is waited for: brokers learn of a change a little later than it was made. */
export async function eventually<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (holds(answer)) return answer
  }
}
