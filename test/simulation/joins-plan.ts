// Schedules in which clients of several regions join channels all the time: they reload and move while messages are published.
import { type Plan, planOf, type Reduction, REGIONS } from './plan';
import { Random } from './random';

const DAY = 86_400_000;

export function joinsPlanOf(seed: number, reduction: Reduction): Plan {
  const { scale } = reduction;
  const random = new Random(seed ^ 0x6a6f696e);
  // All subscribers of a region leave, and one returns just when the region withdraws its interest.
  const hasSubscriptionChurn = random.chance(0.3);
  const regions = REGIONS.slice(0, random.integer(2, 3));
  return {
    ...planOf(seed, reduction),
    regions,
    channels: ['chat:room.0', 'chat:room.1'],
    subscribers: Math.max(2, Math.round(scale * (hasSubscriptionChurn ? 5 : 12))),
    publishers: 4,
    servers: 0,
    messages: Math.ceil(scale * 60),
    activeDuration: scale * 150_000,
    isLowLatency: true,
    hasIdlePeriod: false,
    hasSubscriptionChurn,
    retention: DAY,
    tokenLifetime: DAY,
    ordering: 'direct',
    inlineLimit: 300,
    shardSizes: { target: 600, sample: 32 },
    // Reconnects delay nothing that the checker does not measure from the next answer.
    rates: hasSubscriptionChurn
      ? {}
      : { 'client-reloaded': 0.15, 'client-changed-region': 0.15, 'disconnect-lost': 0.2 },
  };
}
