import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { newConnectionId, newExtendedRequestId } from './ids';

/** Rejection of a WebSocket upgrade: HTTP status, and API Gateway's message. */
export class UpgradeRejection extends Error {
  public constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Answers an upgrade request with its rejection. */
export function rejectUpgrade(socket: Duplex, { status, message }: UpgradeRejection): void {
  if (!socket.writable) return;
  const body = JSON.stringify({ message, connectionId: newConnectionId(), requestId: newExtendedRequestId() });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
