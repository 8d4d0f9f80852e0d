// The client's channel machine, over every order of publishes in two regions, pushes that arrive in any order or are lost, answers,
// timers, replication, expiry and a reconnect. The delivery checker judges every state, after what is under way has settled.
import { channelModel } from './channel-model';
import { expectNone, explore } from './explorer';

/** EXPLORE_DEPTH=4 takes the larger bounds. */
const isDeep = Number(process.env.EXPLORE_DEPTH ?? 3) > 3;
const MORE = isDeep ? 1 : 0;

test.each([
  ['three messages, a lost push and a reconnect', { publish: 3, lose: 1, expire: MORE, reconnect: 1, sync: 0 }],
  ['two messages that expire, and a sync meanwhile', { publish: 2 + MORE, lose: 1, expire: 1, reconnect: 1, sync: 1 }],
])(
  'given %s, then every message is delivered once and in order, or reported as gone',
  (name, budget) => {
    expectNone(`channel, ${name}`, explore(channelModel(budget)));
  },
  600_000,
);
