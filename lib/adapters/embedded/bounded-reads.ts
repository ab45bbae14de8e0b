import type { Socket } from 'node:net';

/** Far more than a login takes, or a burst of reports. */
const MAX_BYTES_WITHOUT_PACKET = 256 * 1024;

/**
 * Drops a connection that keeps sending without ever completing a packet: the parser would gather up to 256 MB of it, also from
 * somebody who has not logged in. Returns the function to call for each complete packet.
 */
export function boundUnreadBytes(socket: Socket, limit = MAX_BYTES_WITHOUT_PACKET): () => void {
  let mark = 0;
  socket.on('readable', () => {
    if (socket.bytesRead - mark > limit) socket.destroy();
  });
  return () => {
    mark = socket.bytesRead;
  };
}
