import { invalid } from '../shared/errors.ts';

export type ConfigType = 'ENVIRONMENT_VARIABLE' | 'FILE_MOUNT';

export interface ConfigOwner {
  readonly type: 'stack' | 'context';
  readonly id: string;
}

/** An environment variable or a mounted file; the value itself lies encrypted beside it. */
export interface ConfigElement {
  /** Row id: what the ciphertext is bound to. */
  readonly id: string;
  readonly owner: ConfigOwner;
  /** Name of the variable, or path of the file under the workspace. */
  readonly name: string;
  readonly type: ConfigType;
  readonly description: string | null;
  /** A secret: its value is never shown again. */
  readonly writeOnly: boolean;
  /** Hex SHA-256 of the value as it was sent, so of a file's base64: clients compare it with what they hold. */
  readonly checksum: string;
  readonly fileMode: string | null;
  readonly createdAt: Date;
}

/** What clients send: `value` of a file is base64. */
export interface ConfigInput {
  readonly id: string;
  readonly type: ConfigType;
  readonly value: string;
  readonly writeOnly: boolean;
  readonly description?: string | null;
  readonly fileMode?: string | null;
}

export const MAX_FILE_BYTES = 2 * 1024 * 1024;
/** Linux takes 128 KiB for one variable, name included. */
export const MAX_VARIABLE_BYTES = 120 * 1024;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MAX_NAME_LENGTH = 1024;

/** The raw bytes of an element's value and its normal name, if it may be one. */
export function checkedConfig(input: ConfigInput): { readonly name: string; readonly bytes: Buffer; readonly fileMode: string | null } {
  if (input.type === 'ENVIRONMENT_VARIABLE') return { name: variableName(input.id), bytes: variableValue(input.id, input.value), fileMode: null };
  return { name: filePath(input.id), bytes: fileContent(input.id, input.value), fileMode: fileMode(input.fileMode ?? null) };
}

export function variableName(name: string): string {
  if (!VARIABLE_NAME.test(name)) throw invalid(`"${name}" cannot be the name of a variable: it takes letters, digits and "_", and does not start with a digit`, { field: 'id' });
  if (name.length > MAX_NAME_LENGTH) throw invalid(`the name of a variable has at most ${MAX_NAME_LENGTH} characters`, { field: 'id' });
  return name;
}

function variableValue(name: string, value: string): Buffer {
  if (/[\r\n\0]/.test(value)) throw invalid(`the value of ${name} holds a line break or a NUL: mount a file for values of several lines`, { field: 'value' });
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length > MAX_VARIABLE_BYTES) throw invalid(`the value of ${name} is over 120 KiB: mount a file for values that large`, { field: 'value' });
  return bytes;
}

/** A path below the workspace without detours: what could leave the workspace is refused, not mended. */
export function filePath(path: string): string {
  const parts = path.split('/');
  if (path === '' || path.length > MAX_NAME_LENGTH || /[\0\\]/.test(path)) throw invalid(`"${path}" cannot be the path of a mounted file`, { field: 'id' });
  if (path.startsWith('/')) throw invalid(`the path of a mounted file is relative to the workspace, but "${path}" is absolute`, { field: 'id' });
  if (parts.includes('..')) throw invalid(`the path of a mounted file stays in the workspace, but "${path}" contains ".."`, { field: 'id' });
  const kept = parts.filter((part) => part !== '' && part !== '.');
  if (kept.length === 0 || path.endsWith('/')) throw invalid(`the path of a mounted file names a file, but "${path}" is a folder`, { field: 'id' });
  return kept.join('/');
}

function fileContent(path: string, value: string): Buffer {
  const text = value.replace(/\s+/g, '');
  if (!BASE64.test(text)) throw invalid(`the value of the file ${path} must be base64`, { field: 'value' });
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > MAX_FILE_BYTES) throw invalid(`the file ${path} has ${bytes.length} bytes: at most 2 MB can be mounted`, { field: 'value' });
  return bytes;
}

function fileMode(mode: string | null): string | null {
  if (mode === null || mode === '') return null;
  if (!/^0?[0-7]{3}$/.test(mode)) throw invalid(`"${mode}" is no file mode: write it as octal digits such as 0600`, { field: 'fileMode' });
  return mode;
}
