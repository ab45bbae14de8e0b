/** What the scheduler sends to the `cronjobs` queue, and how often (aws-install.md §6.5). */
export const TICKS = {
  tick: { everySeconds: 60 },
  sessions: { everySeconds: 3600 },
  retention: { everySeconds: 86_400 },
} as const;

export type TickName = keyof typeof TICKS;
