// Loaded before each test file: what keeps the process alive after the last test fails the file, instead of holding up the run.
import { after } from 'node:test';

const MOMENT_MS = 20_000;

// The runner itself loads this too, and has no tests.
if (process.env.NODE_TEST_CONTEXT !== undefined) {
  after(() => {
    setTimeout(() => {
      console.error(`still open ${MOMENT_MS / 1000} s after the last test: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, MOMENT_MS).unref();
  });
}
