/** What every composition says it is. */
export const VERSION = '6.0.0';
