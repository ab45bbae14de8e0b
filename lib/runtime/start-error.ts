/** A reason not to start, in words for the operator; the process ends with `exitCode` 2. */
export class StartError extends Error {
  override name = 'StartError';
  readonly exitCode = 2;
}
