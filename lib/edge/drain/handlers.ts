import { registry } from './registry.ts';

/** The one place where the fan-out of messages can be read. */
export const dispatch = registry([]);
