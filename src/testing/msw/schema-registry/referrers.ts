import type { SchemaValue } from './records.ts'
import type { RegistryState } from './registry-state.ts'
import { besides } from './subject-name.ts'

/** The versions that refer to one. */
export function referrersOf(
  state: RegistryState,
  { subject, version }: { readonly subject: string; readonly version: number },
  withDeleted: boolean,
): readonly SchemaValue[] {
  return state.schemas.filter(
    (one) =>
      (withDeleted || !one.deleted) &&
      (one.references ?? []).some(
        (other) => besides(one.subject, other.subject) === subject && other.version === version,
      ),
  )
}
