// The switchboard: injects faults into regions, their services, and the links between regions, and removes them.
/** Faults of a service. */
const FAULTS = {
  '1 s slower': { slow: 1_000 },
  '50 % of calls fail': { fail: 0.5 },
  'all calls fail': { fail: 1 },
  '50 % of calls are throttled': { throttle: 0.5 },
};

/** The switches of all regions and links. `services` are the services that can have faults. */
export class Switches {
  constructor(section, services) {
    this.section = section;
    this.services = services;
    this.cards = new Map();
    const healAll = section.querySelector('[data-testid="heal-all"]');
    healAll.addEventListener('click', () => this.set({ switch: 'heal-all' }));
  }

  /** Shows a new state of the network. */
  update({ regions, pairs }) {
    for (const region of regions) this.showRegion(region, pairs);
    for (const way of waysOf(pairs)) this.showWay(way);
  }

  async set(command) {
    const response = await fetch('/cloud/switch', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(command),
    });
    const problem = this.section.querySelector('[data-testid="switch-problem"]');
    problem.textContent = response.ok ? '' : ((await response.json()).error?.message ?? 'The command failed.');
  }

  showRegion({ name, up, connections, functions, faults }, pairs) {
    const { item, small, buttons } = this.card('#regions', name, name, () => this.moreOf(name));
    item.dataset.region = name;
    item.dataset.up = up;
    const waiting = pairs.filter(({ from }) => from === name).reduce((sum, { pending }) => sum + pending, 0);
    small.textContent = [
      up ? `${connections} connections · ${functions} function instances` : 'down',
      ...(waiting > 0 ? [`${waiting} writes to replicate`] : []),
      ...faults,
    ].join(' · ');
    const command = { switch: up ? 'region-down' : 'region-up', region: name };
    buttons.replaceChildren(this.switchButton(up ? 'Stop' : 'Start', command));
  }

  showWay({ there, back }) {
    const { from: a, to: b, cut } = there;
    const { item, small, buttons } = this.card('#ways', `${a} ${b}`, `${a} ⇄ ${b}`);
    item.dataset.way = `${a} ${b}`;
    const lag = ({ lastLag, replicationPaused }) =>
      replicationPaused ? 'paused' : lastLag === undefined ? '–' : `${lastLag} ms`;
    small.textContent = cut ? 'cut' : `replication → ${lag(there)}, ← ${lag(back)}`;
    const pause = (arrow, { from, to, replicationPaused: isPaused }) =>
      this.switchButton(`${isPaused ? 'Resume' : 'Pause'} ${arrow}`, {
        switch: isPaused ? 'replication-resume' : 'replication-pause',
        from,
        to,
      });
    buttons.replaceChildren(
      this.switchButton(cut ? 'Restore' : 'Cut', { switch: cut ? 'pair-heal' : 'pair-cut', a, b }),
      pause('→', there),
      pause('←', back),
    );
  }

  /**
   * The card of a region or a link. Cards are reused, so that open details stay open; their content is replaced. `more` returns an
   * element that a new card has in addition.
   */
  card(list, key, title, more) {
    const known = this.cards.get(key);
    if (known !== undefined) return known;
    const item = this.section.querySelector(list).appendChild(document.createElement('li'));
    const [strong, small, buttons] = ['strong', 'small', 'span'].map((name) => document.createElement(name));
    strong.textContent = title;
    item.append(strong, small, buttons, ...(more === undefined ? [] : [more()]));
    const created = { item, small, buttons };
    this.cards.set(key, created);
    return created;
  }

  /** Less common switches of a region. */
  moreOf(region) {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = 'More';
    const others = document.createElement('p');
    others.append(
      this.switchButton('Close connections', { switch: 'sockets-drop', region, share: 1 }),
      this.switchButton('Make connections half-open', { switch: 'sockets-half-open', region, share: 1 }),
      this.switchButton('Kill function instances', { switch: 'kill-functions', region }),
      this.switchButton('5 new connections a second', { switch: 'connect-quota', region, rate: 5 }),
    );
    details.append(summary, others, this.serviceFaults(region));
    return details;
  }

  /** Injects a fault into a service of a region, and removes it. */
  serviceFaults(region) {
    const service = select('Service', this.services);
    const fault = select('Fault', Object.keys(FAULTS));
    const inject = button('Inject', () =>
      this.set({ switch: 'service-fault', region, service: service.value, ...FAULTS[fault.value] }),
    );
    const remove = button('Remove', () => this.set({ switch: 'service-heal', region, service: service.value }));
    const paragraph = document.createElement('p');
    paragraph.append('Fault of ', service, ': ', fault, ' ', inject, remove);
    return paragraph;
  }

  switchButton(text, command) {
    const element = button(text, () => this.set(command));
    element.dataset.switch = command.switch;
    return element;
  }
}

function button(text, onClick) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = text;
  element.addEventListener('click', onClick);
  return element;
}

function select(label, names) {
  const element = document.createElement('select');
  element.append(...names.map((name) => new Option(name)));
  element.ariaLabel = label;
  return element;
}

/** Every pair of regions once, with both directions. */
export function waysOf(pairs) {
  return pairs
    .filter(({ from, to }) => from < to)
    .map((there) => ({ there, back: pairs.find(({ from, to }) => from === there.to && to === there.from) }));
}
