import { writeSync } from 'node:fs';

/**
 * Writes to standard output or error, whatever becomes of it: a log on a full disk, or one whose reader has left, must not end
 * the program. A stream that failed once takes nothing any more, so later lines go to its descriptor.
 */
export function standardWriter(stream: NodeJS.WriteStream & { readonly fd: number }): (line: string) => void {
  let broken = false;
  stream.on('error', () => (broken = true));
  return (line) => {
    if (!broken) return void stream.write(line);
    try {
      writeSync(stream.fd, line);
    } catch {
      // This line is lost; the next may find room.
    }
  };
}
