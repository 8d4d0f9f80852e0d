// The chat page. Each pane has a client of its own, from the published build of cdk-realtime-client.
import { showMap } from '/map.js';
import { openPane } from '/pane.js';

const query = new URLSearchParams(location.search);
const { regions, namespaces, names, places, services } = await (await fetch('/config.json')).json();
const channelName = query.get('channel') ?? `${namespaces[0] ?? 'chat'}:lobby`;
const people = query.has('name')
  ? [query.get('name')]
  : query.has('pane')
    ? [`guest-${query.get('pane')}`]
    : ['ada', 'grace'];

document.querySelector('#channel').value = channelName;
document.querySelector('#channel-form').addEventListener('submit', (event) => {
  event.preventDefault();
  query.set('channel', new FormData(event.target).get('channel').trim());
  location.search = query;
});

if (regions.length > 1) showMap(places, services);
// `?home=` sets the home region of a single pane. Two panes have two home regions.
const homes = query.has('home') ? regions.filter(({ region }) => region === query.get('home')) : regions;
for (const [i, name] of people.entries()) {
  const home = homes[i % homes.length];
  openPane({ name, channelName, regions, home, addressesFor: (near) => addressesFor(name, near) });
}

/** The addresses of a client near a region: the name with latency-based routing, and every region as a fallback. */
function addressesFor(name, home) {
  if (names === undefined) return { url: home.ws };
  return { url: `${names.ws}?location=${home.region}&asker=${name}`, fallbackUrls: regions.map(({ ws }) => ws) };
}
