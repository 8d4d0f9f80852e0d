import { addressRewriter } from '../../../../local/support/addresses';

const rewrite = addressRewriter(
  new Map([['eu-west-1', 'http://127.0.0.1:4000']]),
  new Map(['ws.example.com', 'http-eu-west-1.example.com'].map((name) => [name, `http://127.0.0.1:4001/${name}`])),
);

test.each([
  ['wss://ws.example.com', 'ws://127.0.0.1:4001/ws.example.com'],
  ['https://http-eu-west-1.example.com/v1/x?y', 'http://127.0.0.1:4001/http-eu-west-1.example.com/v1/x?y'],
  ['wss://WS.example.com/', 'ws://127.0.0.1:4001/ws.example.com/'],
  [
    '{"a":"wss://ws.example.com","b":"https://ws.example.com"}',
    '{"a":"ws://127.0.0.1:4001/ws.example.com","b":"http://127.0.0.1:4001/ws.example.com"}',
  ],
  ['see https://ws.example.com.', 'see http://127.0.0.1:4001/ws.example.com.'],
  ['wss://abc123.execute-api.eu-west-1.amazonaws.com/v1', 'ws://127.0.0.1:4000/execute-api/abc123/v1'],
])('when the text is %s, then addresses are local', (text, expected) => {
  expect(rewrite(text)).toBe(expected);
});

test.each([
  'ws.example.com',
  'wss://other.example.com',
  'wss://ws.example.com.au',
  'wss://a.ws.example.com',
  'wss://ws.example.com:8443',
  'https://abc123.execute-api.us-east-1.amazonaws.com',
])('when the text is %s, then it is unchanged', (text) => {
  expect(rewrite(text)).toBe(text);
});
