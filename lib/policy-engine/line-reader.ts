const NEWLINE = 10;

/** Cuts a stream of bytes into lines. */
export function lineReader(take: (line: string) => void): (chunk: Buffer) => void {
  let kept: Buffer[] = [];
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const last = chunk.subarray(start, end);
      const line = kept.length > 0 ? Buffer.concat([...kept, last]) : last;
      kept = [];
      start = end + 1;
      take(line.toString('utf8'));
    }
    if (start < chunk.length) kept.push(chunk.subarray(start));
  };
}
