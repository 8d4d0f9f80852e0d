import { Meter } from '../../../../local/metering';
import { SecretsManagerService } from '../../../../local/services/secretsmanager';

test('when a call succeeds, then it is billed', async () => {
  const meter = new Meter();
  const secrets = new SecretsManagerService(undefined, meter);
  secrets.create('arn:aws:secretsmanager:eu-west-1:1:secret:known', 'known', { stated: 'value' });
  const get = (id: string) =>
    secrets.handle({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: {},
      operation: 'GetSecretValue',
      body: Buffer.alloc(0),
      json: () => ({ SecretId: id }),
    });
  expect((await get('known')).status).toBe(200);
  expect((await get('unknown')).status).toBe(400);
  expect(meter.read()).toEqual([
    { service: 'secretsmanager', unit: 'API calls', resource: '', operation: 'GetSecretValue', amount: 1 },
  ]);
});
