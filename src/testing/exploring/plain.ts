/** As JSON has it: what is undefined is not there. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
