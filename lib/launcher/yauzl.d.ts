/** The part of yauzl that is used here; the package brings no types. */
declare module 'yauzl' {
  export interface Entry {
    readonly fileName: string;
    readonly externalFileAttributes: number;
    readonly uncompressedSize: number;
  }
  export interface ZipFile {
    on(event: 'entry', listener: (entry: Entry) => void): void;
    on(event: 'end', listener: () => void): void;
    on(event: 'error', listener: (error: unknown) => void): void;
    readEntry(): void;
    openReadStream(entry: Entry, done: (error: Error | null, stream: NodeJS.ReadableStream) => void): void;
    close(): void;
  }
  export function open(path: string, options: { readonly lazyEntries: boolean; readonly strictFileNames: boolean }, done: (error: Error | null, zip: ZipFile) => void): void;
}
