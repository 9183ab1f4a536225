/** What a caller may give for Go's map: a Map, or an object with its keys. */
export type MapOf<Key extends string | number, Value> = ReadonlyMap<Key, Value> | Readonly<Record<Key, Value>>

/** The entries of a map by names. */
export function byName<Value>(map: MapOf<string, Value>): [string, Value][] {
  return map instanceof Map ? [...map] : Object.entries(map as Readonly<Record<string, Value>>)
}

/** The entries of a map by partitions or other numbers. */
export function byNumber<Value>(map: MapOf<number, Value>): [number, Value][] {
  return map instanceof Map ? [...map] : Object.entries(map as Readonly<Record<number, Value>>).map(toNumber)
}

function toNumber<Value>([key, value]: [string, Value]): [number, Value] {
  return [Number(key), value]
}
