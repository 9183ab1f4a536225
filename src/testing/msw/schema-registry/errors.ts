import { RestError } from '../http/rest-error.ts'

/** The registry's error codes, each with the sentence that it says. */
export const subjectNotFound = (subject: string): RestError =>
  new RestError(404, 40401, `Subject '${subject}' not found.`)

export const versionNotFound = (version: number): RestError =>
  new RestError(404, 40402, `Version ${version} not found.`)

export const schemaNotFound = (id?: number | string): RestError =>
  new RestError(404, 40403, id === undefined ? 'Schema not found' : `Schema ${id} not found`)

export const subjectSoftDeleted = (subject: string): RestError =>
  new RestError(404, 40404, `Subject '${subject}' was soft deleted.Set permanent=true to delete permanently`)

export const subjectNotSoftDeleted = (subject: string): RestError =>
  new RestError(404, 40405, `Subject '${subject}' was not deleted first before being permanently deleted`)

export const versionSoftDeleted = (subject: string, version: number): RestError =>
  new RestError(
    404,
    40406,
    `Subject '${subject}' Version ${version} was soft deleted.Set permanent=true to delete permanently`,
  )

export const versionNotSoftDeleted = (subject: string, version: number): RestError =>
  new RestError(
    404,
    40407,
    `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
  )

export const subjectCompatibilityNotConfigured = (subject: string): RestError =>
  new RestError(404, 40408, `Subject '${subject}' does not have subject-level compatibility configured`)

export const subjectModeNotConfigured = (subject: string): RestError =>
  new RestError(404, 40409, `Subject '${subject}' does not have subject-level mode configured`)

export const incompatibleSchema = (subject: string, details: readonly string[]): RestError =>
  new RestError(
    409,
    40901,
    `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${details.join(', ')}]`,
  )

/** The code of what is no schema. */
export const INVALID_SCHEMA = 42201

export const invalidSchema = (message: string): RestError => new RestError(422, INVALID_SCHEMA, message)

export const invalidVersion = (version: string): RestError =>
  new RestError(
    422,
    42202,
    `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  )

export const invalidCompatibility = (): RestError =>
  new RestError(
    422,
    42203,
    'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
  )

export const invalidMode = (
  message = 'Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.',
): RestError => new RestError(422, 42204, message)

export const operationNotPermitted = (message: string): RestError => new RestError(422, 42205, message)

export const referenceExists = (subject: string, version: number): RestError =>
  new RestError(
    422,
    42206,
    `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},version=${version}}.`,
  )

export const invalidSubject = (subject: string): RestError =>
  new RestError(422, 42208, `The specified subject '${subject}' is not a valid.`)

/** The store is the topic of the schemas. */
export const storeError = (message: string): RestError => new RestError(500, 50001, message)
