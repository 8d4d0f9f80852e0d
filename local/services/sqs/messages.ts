// Wire format of messages, in answers of the API and in event records.
import { md5, md5OfAttributes } from './md5';
import type { QueuedMessage } from './queue';

type Attributes = Readonly<Record<string, unknown>>;

/** Size of a message in bytes: its body, and the names, types and values of its attributes. */
export function sizeOf(body: string, attributes: Attributes): number {
  const all = Object.entries(
    attributes as Record<string, { StringValue?: string; BinaryValue?: string; DataType?: string }>,
  );
  return all.reduce(
    (sum, [name, { StringValue: text = '', BinaryValue: binary = '', DataType: type = '' }]) =>
      sum + Buffer.byteLength(name + text + type) + Buffer.byteLength(binary, 'base64'),
    Buffer.byteLength(body),
  );
}

/** Whether SQS accepts every character. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
export function hasOnlyValidCharacters(body: string): boolean {
  return !/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(body);
}

/** A message in the answer of `ReceiveMessage`, with the requested attributes only. */
export function toWire(message: QueuedMessage, system: readonly string[], wanted: readonly string[]): object {
  const attributes = pick(systemAttributes(message), (name) => system.includes('All') || system.includes(name));
  const own = pick(message.attributes, (name) => wanted.some((pattern) => isWanted(name, pattern)));
  const digest = md5OfAttributes(own);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Object.keys(attributes).length === 0 ? {} : { Attributes: attributes }),
    ...(digest === undefined ? {} : { MessageAttributes: own, MD5OfMessageAttributes: digest }),
  };
}

/** Attributes that SQS sets; undefined for those that the message does not have. */
export function systemAttributes(message: QueuedMessage): Readonly<Record<string, string | undefined>> {
  return {
    SenderId: 'local',
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: message.sequenceNumber,
  };
}

/** @param pattern a name, `All`, `.*`, or `prefix.*` */
function isWanted(name: string, pattern: string): boolean {
  if (pattern === 'All' || pattern === '.*' || pattern === name) return true;
  return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2));
}

function pick<T>(values: Readonly<Record<string, T>>, wanted: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== undefined && wanted(name)));
}
