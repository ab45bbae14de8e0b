/** The token in the value of the licence's secret: by itself, or as `token` of a document. */
export function tokenOf(secret: string | undefined): string | undefined {
  const text = secret?.trim() ?? '';
  if (!text.startsWith('{')) return text === '' ? undefined : text;
  try {
    const { token } = JSON.parse(text) as { readonly token?: unknown };
    return typeof token === 'string' && token !== '' ? token : undefined;
  } catch {
    return undefined;
  }
}
