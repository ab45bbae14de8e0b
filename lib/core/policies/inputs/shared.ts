import { nanoseconds, type InputValue } from '../input-text.ts';

export type InputObject = { readonly [key: string]: InputValue | undefined };

/** Who asked, and when. */
export const requestInput = (remoteIp: string | null, at: Date): InputObject => ({ remote_ip: remoteIp ?? '', timestamp_ns: nanoseconds(at) });
