// The network as it stands: regions on a map, what lies between them, and the switchboard that breaks and mends it.
import { LAND } from '/world.js';

const SVG = 'http://www.w3.org/2000/svg';
// From 60° south to 80° north: nobody's region is beyond.
const x = (longitude) => (longitude + 180) * 2;
const y = (latitude) => (80 - latitude) * 2;

/** Shows the map, and keeps it current. `places` are the coordinates of regions, by name. */
export function showMap(places) {
  const section = document.querySelector('#network');
  section.hidden = false;
  const svg = section.querySelector('svg');
  svg.append(
    ...LAND.map((points) => {
      const land = points.split(' ').map((point) => point.split(',').map(Number));
      return shape('polygon', { class: 'land', points: land.map(([lon, lat]) => `${x(lon)},${y(lat)}`).join(' ') });
    }),
  );
  const dynamic = svg.appendChild(shape('g', {}));
  const problem = section.querySelector('[data-testid="switch-problem"]');

  async function flip(command) {
    const response = await fetch('/cloud/switch', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(command),
    });
    problem.textContent = response.ok ? '' : ((await response.json()).error?.message ?? 'It did not work.');
  }

  section.querySelector('[data-testid="heal-all"]').addEventListener('click', () => flip({ switch: 'heal-all' }));
  const source = new EventSource('/cloud/events');
  source.onmessage = ({ data }) => draw(JSON.parse(data));

  function draw({ regions, pairs }) {
    dynamic.replaceChildren(...pairs.filter(({ from, to }) => from < to).map(line), ...regions.map(dot));
    section.querySelector('#regions').replaceChildren(...regions.map((region) => regionCard(region, regions, pairs)));
  }

  /** Two regions, and whether anything gets from one to the other. */
  function line({ from, to, cut, replicationPaused }) {
    const [a, b] = [places[from], places[to]];
    if (a === undefined || b === undefined) return shape('g', {});
    const state = cut ? 'cut' : replicationPaused ? 'paused' : '';
    const middle = [(x(a[1]) + x(b[1])) / 2, Math.min(y(a[0]), y(b[0])) - 30];
    return shape('path', {
      class: `pair ${state}`,
      d: `M${x(a[1])},${y(a[0])} Q${middle.join()} ${x(b[1])},${y(b[0])}`,
    });
  }

  function dot({ name, up, connections }) {
    const place = places[name];
    if (place === undefined) return shape('g', {});
    const group = shape('g', {
      class: `region ${up ? 'up' : 'down'}`,
      transform: `translate(${x(place[1])},${y(place[0])})`,
    });
    group.append(shape('circle', { r: 5 + Math.min(9, Math.sqrt(connections)) }));
    const label = shape('text', { x: 0, y: 26, 'text-anchor': 'middle' });
    label.textContent = `${name} · ${up ? connections : 'down'}`;
    group.append(label);
    return group;
  }

  function regionCard({ name, up, connections, faults }, regions, pairs) {
    const card = document.createElement('li');
    card.dataset.region = name;
    card.dataset.up = up;
    const title = document.createElement('strong');
    title.textContent = name;
    const facts = document.createElement('small');
    const waiting = pairs.filter(({ from }) => from === name).reduce((sum, { pending }) => sum + pending, 0);
    facts.textContent = [
      up ? `${connections} connections` : 'down',
      ...(waiting > 0 ? [`${waiting} writes on their way`] : []),
      ...(faults ?? []).map((fault) => (typeof fault === 'string' ? fault : JSON.stringify(fault))),
    ].join(' · ');
    const buttons = document.createElement('span');
    buttons.append(
      button(up ? 'Kill' : 'Bring back', { switch: up ? 'region-down' : 'region-up', region: name }),
      button('Drop sockets', { switch: 'sockets-drop', region: name, share: 1 }),
      ...regions
        .filter((other) => other.name > name)
        .map((other) => {
          const isCut = pairs.some(({ from, to, cut }) => from === name && to === other.name && cut);
          const what = { switch: isCut ? 'pair-heal' : 'pair-cut', a: name, b: other.name };
          return button(`${isCut ? 'Join' : 'Cut off'} ${other.name}`, what);
        }),
    );
    card.append(title, facts, buttons);
    return card;
  }

  function button(text, command) {
    const element = document.createElement('button');
    element.type = 'button';
    element.textContent = text;
    element.dataset.switch = command.switch;
    element.addEventListener('click', () => flip(command));
    return element;
  }
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
