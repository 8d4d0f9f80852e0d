// Schedules in which servers publish with idempotency keys, give up early, and try again at once.
import { type Plan, planOf, type Reduction } from './plan';
import { Random } from './random';

export function keyedPlanOf(seed: number, reduction: Reduction): Plan {
  const random = new Random(seed ^ 0x6b657964);
  const plan = planOf(seed, reduction);
  return {
    ...plan,
    servers: 8,
    // Each server sends a quarter as many.
    messages: Math.ceil(reduction.scale * 160),
    publishers: 1,
    subscribers: 2,
    activeDuration: reduction.scale * random.between(60_000, 240_000),
    hasIdlePeriod: false,
    // A key is remembered for the retention; requests are repeated for a minute.
    retention: 3_600_000,
    ordering: 'direct',
    rates: { ...plan.rates, 'caller-gave-up': random.between(0.3, 0.9) },
  };
}
