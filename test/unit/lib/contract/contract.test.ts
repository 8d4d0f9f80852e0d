import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { evacuatedSearchString, type EvacuatedAnswer } from '../../../../lib/contract/http-routes';
import { FUNCTION_NAMES } from '../../../../lib/contract/functions';
import { NAMESPACE_PATTERN } from '../../../../lib/contract/limits';
import { NAMESPACE_PATTERN as PROTOCOL_PATTERN } from '../../../../protocol/channel';

const ROOT = path.join(__dirname, '..', '..', '..', '..');
const CONTRACT = path.join(ROOT, 'lib', 'contract');

describe('lib/contract', () => {
  test.each(readdirSync(CONTRACT))('when %s is loaded, then it loads nothing outside lib/contract', (file) => {
    const text = readFileSync(path.join(CONTRACT, file), 'utf8');
    const imported = [...text.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(([, module]) => module);
    expect(imported.filter((module) => !/^\.\/[a-z-]+$/.test(module ?? ''))).toEqual([]);
  });

  test('given a file in lambda/handlers, then it is named in FUNCTION_NAMES', () => {
    const handlers = readdirSync(path.join(ROOT, 'lambda', 'handlers')).map((file) => path.basename(file, '.ts'));
    expect(handlers.filter((name) => name !== 'wiring').sort()).toEqual([...FUNCTION_NAMES].sort());
  });

  test('the namespace pattern is that of the protocol', () => {
    expect(NAMESPACE_PATTERN).toEqual(PROTOCOL_PATTERN);
  });

  test('given a drained region, then the search string of its health check is in the answer, and only for that region', () => {
    const answer: EvacuatedAnswer = { evacuated: 'eu-west-1' };
    expect(JSON.stringify(answer)).toContain(evacuatedSearchString('eu-west-1'));
    expect(JSON.stringify(answer)).not.toContain(evacuatedSearchString('eu-west-2'));
    expect(JSON.stringify({ evacuated: null })).not.toContain(evacuatedSearchString('eu-west-1'));
  });
});
