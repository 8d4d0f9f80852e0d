// API of a host name and a path.
import { ApiHosts } from '../../../../../local/services/apigateway/hosts';

const hosts = new ApiHosts();
hosts.add('API.example.com');
hosts.map('api.example.com', { apiId: 'plain', stage: '$default', key: '' });
hosts.map('api.example.com', { apiId: 'v1', stage: 'live', key: 'v1' });
hosts.map('api.example.com', { apiId: 'orders', stage: '$default', key: 'v1/orders' });
hosts.add('*.example.org');
hosts.map('*.example.org', { apiId: 'wild', stage: 'ws', key: '' });
hosts.add('keyed.example.com');
hosts.map('keyed.example.com', { apiId: 'keyed', stage: '$default', key: 'only' });

test.each([
  ['api.example.com', '/', '/execute-api/plain'],
  ['Api.Example.com', '/health', '/execute-api/plain/health'],
  ['api.example.com', '/v1', '/execute-api/v1/live'],
  ['api.example.com', '/v1/x/', '/execute-api/v1/live/x/'],
  ['api.example.com', '/v12', '/execute-api/plain/v12'],
  ['api.example.com', '/v1/orders/7', '/execute-api/orders/7'],
  ['ws.example.org', '/', '/execute-api/wild/ws'],
  ['a.b.example.org', '/', undefined],
  ['example.org', '/', undefined],
  ['keyed.example.com', '/only', '/execute-api/keyed'],
  ['keyed.example.com', '/other', undefined],
  ['abc123.execute-api.eu-west-1.amazonaws.com', '/v1', '/execute-api/abc123/v1'],
  ['d-abc123.execute-api.eu-west-1.amazonaws.com', '/v1', undefined],
])('%s%s', (host, path, expected) => {
  expect(hosts.path(host, path)).toBe(expected);
});
