/** What a sample holds beside the input. */
export interface SampleFacts {
  readonly body: string;
  readonly [fact: string]: unknown;
}

const HEAD = /^\{"inputBytes":(\d{1,9}),"input":/;

/** A sample as its object has it: one JSON document in which the input is the very text that was evaluated, so that its numbers stay exact. */
export function sampleText(input: string, facts: SampleFacts): string {
  const text = isJson(input) ? input : JSON.stringify(input);
  return `{"inputBytes":${Buffer.byteLength(text)},"input":${text},${JSON.stringify(facts).slice(1)}`;
}

/** The input's text and the body of a sample; undefined for what is none. */
export function readSample(bytes: Buffer): { readonly input: string; readonly body: string } | undefined {
  const [head, length] = HEAD.exec(bytes.subarray(0, 64).toString('utf8')) ?? [];
  if (head === undefined) return undefined;
  const end = head.length + Number(length);
  const { body } = JSON.parse(`{${bytes.subarray(end + 1).toString('utf8')}`) as SampleFacts;
  return { input: bytes.subarray(head.length, end).toString('utf8'), body };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
