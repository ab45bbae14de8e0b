/** Told to the server with every call; it may refuse a launcher that is too old. */
export const LAUNCHER_VERSION = '6.0.0';
