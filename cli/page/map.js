// The state of the network: regions on a map of the world, and the connections between them.
import { Switches, waysOf } from '/switches.js';
import { LAND } from '/world.js';

const SVG = 'http://www.w3.org/2000/svg';
// The map shows 60° south to 80° north, which includes all regions.
const x = (longitude) => (longitude + 180) * 2;
const y = (latitude) => (80 - latitude) * 2;

/**
 * Shows the map and the switches, and keeps them current. `places` are the coordinates of regions by name, `services` the services
 * that can have faults.
 */
export function showMap(places, services) {
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
  const switches = new Switches(section, services);
  const source = new EventSource('/cloud/events');
  source.onmessage = ({ data }) => {
    const state = JSON.parse(data);
    dynamic.replaceChildren(...waysOf(state.pairs).flatMap(way), ...state.regions.map(dot));
    switches.update(state);
  };

  /** The link between two regions, with its state and its replication lag. */
  function way({ there, back }) {
    const [a, b] = [places[there.from], places[there.to]];
    if (a === undefined || b === undefined) return [];
    const state = there.cut ? 'cut' : there.replicationPaused || back.replicationPaused ? 'paused' : '';
    const middle = [(x(a[1]) + x(b[1])) / 2, Math.min(y(a[0]), y(b[0])) - 30];
    const path = shape('path', {
      class: `pair ${state}`,
      d: `M${x(a[1])},${y(a[0])} Q${middle.join()} ${x(b[1])},${y(b[0])}`,
    });
    // The middle of the curve.
    const at = [(x(a[1]) + x(b[1])) / 4 + middle[0] / 2, (y(a[0]) + y(b[0])) / 4 + middle[1] / 2 - 4];
    const label = shape('text', { class: 'lag', x: at[0], y: at[1], 'text-anchor': 'middle' });
    label.textContent = state || lagOf(there, back);
    return [path, label];
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
}

/** The replication lag of the last write, in either direction. */
function lagOf(...pairs) {
  const lags = pairs.flatMap(({ lastLag }) => lastLag ?? []);
  return lags.length === 0 ? '' : `${(Math.max(...lags) / 1000).toFixed(1)} s`;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
