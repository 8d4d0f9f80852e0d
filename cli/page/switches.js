// The switchboard: injects faults into regions, their services, and the links between regions, and removes them.
/** Faults of a service. */
const FAULTS = {
  '1 s slower': { slow: 1_000 },
  '50 % of calls fail': { fail: 0.5 },
  'all calls fail': { fail: 1 },
  '50 % of calls are throttled': { throttle: 0.5 },
};

/** Shows the switches. `services` are the services that can have faults. Returns a function that takes each new state. */
export function showSwitches(section, services) {
  const problem = section.querySelector('[data-testid="switch-problem"]');
  const cards = new Map();
  let pairs = [];

  async function setSwitch(command) {
    const response = await fetch('/cloud/switch', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(command),
    });
    problem.textContent = response.ok ? '' : ((await response.json()).error?.message ?? 'The command failed.');
  }
  section.querySelector('[data-testid="heal-all"]').addEventListener('click', () => setSwitch({ switch: 'heal-all' }));

  const button = (text, command) => {
    const element = document.createElement('button');
    element.type = 'button';
    element.textContent = text;
    element.dataset.switch = command.switch;
    element.addEventListener('click', () => setSwitch(command));
    return element;
  };

  /** The card of a region or a link. Cards are reused, so that open details stay open; their content is replaced. */
  function card(list, key, title, more) {
    const known = cards.get(key);
    if (known !== undefined) return known;
    const item = section.querySelector(list).appendChild(document.createElement('li'));
    const [strong, small, buttons] = ['strong', 'small', 'span'].map((name) => document.createElement(name));
    strong.textContent = title;
    item.append(strong, small, buttons, ...(more === undefined ? [] : [more]));
    const created = { item, small, buttons };
    cards.set(key, created);
    return created;
  }

  /** Less common switches of a region. */
  function moreOf(region) {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = 'More';
    const [service, fault] = [services, Object.keys(FAULTS)].map((names) => {
      const select = document.createElement('select');
      select.append(...names.map((name) => new Option(name)));
      return select;
    });
    service.ariaLabel = 'Service';
    fault.ariaLabel = 'Fault';
    const apply = document.createElement('button');
    apply.type = 'button';
    apply.textContent = 'Inject';
    apply.addEventListener('click', () =>
      setSwitch({ switch: 'service-fault', region, service: service.value, ...FAULTS[fault.value] }),
    );
    const heal = document.createElement('button');
    heal.type = 'button';
    heal.textContent = 'Remove';
    heal.addEventListener('click', () => setSwitch({ switch: 'service-heal', region, service: service.value }));
    const serviceFault = document.createElement('p');
    serviceFault.append('Fault of ', service, ': ', fault, ' ', apply, heal);
    const others = document.createElement('p');
    others.append(
      button('Close connections', { switch: 'sockets-drop', region, share: 1 }),
      button('Make connections half-open', { switch: 'sockets-half-open', region, share: 1 }),
      button('Kill function instances', { switch: 'kill-functions', region }),
      button('5 new connections a second', { switch: 'connect-quota', region, rate: 5 }),
    );
    details.append(summary, others, serviceFault);
    return details;
  }

  function showRegion({ name, up, connections, functions, faults }) {
    const { item, small, buttons } = card('#regions', name, name, moreOf(name));
    item.dataset.region = name;
    item.dataset.up = up;
    const waiting = pairs.filter(({ from }) => from === name).reduce((sum, { pending }) => sum + pending, 0);
    small.textContent = [
      up ? `${connections} connections · ${functions} function instances` : 'down',
      ...(waiting > 0 ? [`${waiting} writes to replicate`] : []),
      ...faults,
    ].join(' · ');
    buttons.replaceChildren(button(up ? 'Stop' : 'Start', { switch: up ? 'region-down' : 'region-up', region: name }));
  }

  function showWay({ there, back }) {
    const { from: a, to: b, cut } = there;
    const { item, small, buttons } = card('#ways', `${a} ${b}`, `${a} ⇄ ${b}`);
    item.dataset.way = `${a} ${b}`;
    const lag = ({ lastLag, replicationPaused }) =>
      replicationPaused ? 'paused' : lastLag === undefined ? '–' : `${lastLag} ms`;
    small.textContent = cut ? 'cut' : `replication → ${lag(there)}, ← ${lag(back)}`;
    const pause = (arrow, { from, to, replicationPaused: isPaused }) =>
      button(`${isPaused ? 'Resume' : 'Pause'} ${arrow}`, {
        switch: isPaused ? 'replication-resume' : 'replication-pause',
        from,
        to,
      });
    buttons.replaceChildren(
      button(cut ? 'Restore' : 'Cut', { switch: cut ? 'pair-heal' : 'pair-cut', a, b }),
      pause('→', there),
      pause('←', back),
    );
  }

  return (state) => {
    ({ pairs } = state);
    state.regions.forEach(showRegion);
    waysOf(pairs).forEach(showWay);
  };
}

/** Every pair of regions once, with both directions. */
export function waysOf(pairs) {
  return pairs
    .filter(({ from, to }) => from < to)
    .map((there) => ({ there, back: pairs.find(({ from, to }) => from === there.to && to === there.from) }));
}
