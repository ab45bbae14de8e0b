/**
 * What the scheduler starts, and how often (aws-install.md §6.5). `starts` is the queue that a tick goes to, or the function that it starts
 * by itself: two functions must not share a queue.
 */
export const TICKS = {
  tick: { everySeconds: 60, starts: 'cronjobs' },
  license: { everySeconds: 1800, starts: 'license' },
  'vcs-sweep': { everySeconds: 600, starts: 'cronjobs' },
  sessions: { everySeconds: 3600, starts: 'cronjobs' },
  'iot-reconcile': { everySeconds: 21_600, starts: 'cronjobs' },
  'tool-versions': { everySeconds: 86_400, starts: 'cronjobs' },
  retention: { everySeconds: 86_400, starts: 'cronjobs' },
  usage: { everySeconds: 86_400, starts: 'cronjobs' },
} as const satisfies Record<string, { readonly everySeconds: number; readonly starts: 'cronjobs' | 'license' }>;

export type TickName = keyof typeof TICKS;
export const TICK_NAMES = Object.keys(TICKS) as readonly TickName[];
export const isTickName = (name: string): name is TickName => Object.hasOwn(TICKS, name);
