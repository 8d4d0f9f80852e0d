// Checksums that AWS SDKs verify. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
import { createHash } from 'node:crypto';

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** Digest of message attributes: name, type and value of each in the order of names, each prefixed by its length. */
export function md5OfAttributes(attributes: Readonly<Record<string, unknown>>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const put = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const {
      DataType: type = '',
      StringValue: text,
      BinaryValue: binary,
    } = attributes[name] as {
      DataType?: string;
      StringValue?: string;
      BinaryValue?: string;
    };
    put(Buffer.from(name));
    put(Buffer.from(type));
    hash.update(Buffer.from([type.startsWith('Binary') ? 2 : 1]));
    put(type.startsWith('Binary') ? Buffer.from(binary ?? '', 'base64') : Buffer.from(text ?? ''));
  }
  return hash.digest('hex');
}
