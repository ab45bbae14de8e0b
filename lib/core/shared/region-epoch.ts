import * as z from 'zod/mini';

/** Where the word lies which region serves: in the states' bucket, whose objects are copied both ways. */
export const EPOCH_KEY = 'dr/epoch.json';

const RegionEpoch = z.object({ epoch: z.number(), region: z.string(), at: z.string(), failover: z.string() });

/** Since when which region serves; each failover begins a new one. */
export type RegionEpoch = Readonly<z.infer<typeof RegionEpoch>>;

export const parseEpoch = (text: string): RegionEpoch => RegionEpoch.parse(JSON.parse(text));

/** Whether another region began to serve after this one last did. */
export const isSuperseded = (own: { readonly region: string; readonly epoch: number }, found: RegionEpoch): boolean =>
  found.region !== own.region && found.epoch > own.epoch;
