import type { EnvironmentReader } from './environment.ts';

/** Where reports of usage go; null where none is sent. What the address may be is judged again whenever something is sent there. */
export function readUsageEndpoint(read: EnvironmentReader): string | null {
  const text = read.text('USAGE_ENDPOINT') ?? null;
  if (text !== null && !(URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) {
    read.fault('USAGE_ENDPOINT', `${JSON.stringify(text)} is not a URL such as https://usage.example.com/reports`);
  }
  return text;
}
