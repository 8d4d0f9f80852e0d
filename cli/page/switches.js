// The switchboard: breaks a region, a service of it, or the way to another, and mends it.
/** What a service can be made to do. */
const FAULTS = {
  'slow by 1 s': { slow: 1_000 },
  'fail half of its calls': { fail: 0.5 },
  'fail always': { fail: 1 },
  'throttle half of its calls': { throttle: 0.5 },
};

/**
 * Shows the switches; `services` are those that can be disturbed. Returns what takes the state, whenever it has changed.
 */
export function showSwitches(section, services) {
  const problem = section.querySelector('[data-testid="switch-problem"]');
  const cards = new Map();
  let pairs = [];

  async function flip(command) {
    const response = await fetch('/cloud/switch', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(command),
    });
    problem.textContent = response.ok ? '' : ((await response.json()).error?.message ?? 'It did not work.');
  }
  section.querySelector('[data-testid="heal-all"]').addEventListener('click', () => flip({ switch: 'heal-all' }));

  const button = (text, command) => {
    const element = document.createElement('button');
    element.type = 'button';
    element.textContent = text;
    element.dataset.switch = command.switch;
    element.addEventListener('click', () => flip(command));
    return element;
  };

  /** The card of a region or of a way. It stays, so that what is open stays open; what it says is replaced. */
  function card(list, key, title, more) {
    const known = cards.get(key);
    if (known !== undefined) return known;
    const item = section.querySelector(list).appendChild(document.createElement('li'));
    const [strong, small, buttons] = ['strong', 'small', 'span'].map((name) => document.createElement(name));
    strong.textContent = title;
    item.append(strong, small, buttons, ...(more === undefined ? [] : [more]));
    const made = { item, small, buttons };
    cards.set(key, made);
    return made;
  }

  /** Switches of a region that are used less often. */
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
    apply.textContent = 'Do it';
    apply.addEventListener('click', () =>
      flip({ switch: 'service-fault', region, service: service.value, ...FAULTS[fault.value] }),
    );
    const mend = document.createElement('button');
    mend.type = 'button';
    mend.textContent = 'Mend it';
    mend.addEventListener('click', () => flip({ switch: 'service-heal', region, service: service.value }));
    const disturb = document.createElement('p');
    disturb.append('Let ', service, ' ', fault, ' ', apply, mend);
    const others = document.createElement('p');
    others.append(
      button('Drop sockets', { switch: 'sockets-drop', region, share: 1 }),
      button('Silence sockets', { switch: 'sockets-half-open', region, share: 1 }),
      button('Kill function instances', { switch: 'kill-functions', region }),
      button('5 new connections a second', { switch: 'connect-quota', region, rate: 5 }),
    );
    details.append(summary, others, disturb);
    return details;
  }

  function showRegion({ name, up, connections, functions, faults }) {
    const { item, small, buttons } = card('#regions', name, name, moreOf(name));
    item.dataset.region = name;
    item.dataset.up = up;
    const waiting = pairs.filter(({ from }) => from === name).reduce((sum, { pending }) => sum + pending, 0);
    small.textContent = [
      up ? `${connections} connections · ${functions} function instances` : 'down',
      ...(waiting > 0 ? [`${waiting} writes on their way`] : []),
      ...faults,
    ].join(' · ');
    buttons.replaceChildren(
      button(up ? 'Kill' : 'Bring back', { switch: up ? 'region-down' : 'region-up', region: name }),
    );
  }

  function showWay({ there, back }) {
    const { from: a, to: b, cut } = there;
    const { item, small, buttons } = card('#ways', `${a} ${b}`, `${a} ⇄ ${b}`);
    item.dataset.way = `${a} ${b}`;
    const lag = ({ lastLag, replicationPaused }) =>
      replicationPaused ? 'paused' : lastLag === undefined ? '–' : `${lastLag} ms`;
    small.textContent = cut ? 'cut off' : `replication → ${lag(there)}, ← ${lag(back)}`;
    const pause = (arrow, { from, to, replicationPaused: isPaused }) =>
      button(`${isPaused ? 'Resume' : 'Pause'} ${arrow}`, {
        switch: isPaused ? 'replication-resume' : 'replication-pause',
        ...{ from, to },
      });
    buttons.replaceChildren(
      button(cut ? 'Join' : 'Cut', { switch: cut ? 'pair-heal' : 'pair-cut', a, b }),
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

/** Every two regions once, with what goes there and what comes back. */
export function waysOf(pairs) {
  return pairs
    .filter(({ from, to }) => from < to)
    .map((there) => ({ there, back: pairs.find(({ from, to }) => from === there.to && to === there.from) }));
}
