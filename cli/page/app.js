// The chat page. Each pane has a client of its own, from the published build of cdk-realtime-client.
import { RealtimeClient } from '/client.mjs';
import { showMap } from '/map.js';

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
for (const [i, name] of people.entries()) openPane(name, homes[i % homes.length]);

/** The addresses of a client near a region: the name with latency-based routing, and every region as a fallback. */
function addressesFor(name, home) {
  if (names === undefined) return { url: home.ws };
  return { url: `${names.ws}?location=${home.region}&asker=${name}`, fallbackUrls: regions.map(({ ws }) => ws) };
}

function openPane(name, region) {
  const pane = document.querySelector('#pane').content.firstElementChild.cloneNode(true);
  const part = (selector) => pane.querySelector(selector);
  const fact = (id) => part(`[data-testid="${id}"]`);
  pane.dataset.name = name;
  part('.name').textContent = name;
  fact('region').textContent = '–';
  document.querySelector('#panes').append(pane);
  if (region === undefined) return problem('This app has no RealtimeApi.');
  fact('home').append(...regions.map((one) => new Option(one.region, one.region, false, one === region)));

  const storageKey = `cursor ${name} ${channelName}`;
  const shown = new Set();
  let client;

  function problem(text) {
    const element = part('.problem');
    element.hidden = text === '';
    element.textContent = text;
  }

  function show({ id, seq, ts, from, data }) {
    if (shown.has(id)) return;
    shown.add(id);
    const item = document.createElement('li');
    item.className = from === name ? 'message own' : 'message';
    item.dataset.seq = seq;
    const about = document.createElement('small');
    about.textContent = `${from} · ${new Date(ts).toLocaleTimeString()} · ${seq}`;
    const text = document.createElement('span');
    text.textContent = typeof data?.text === 'string' ? data.text : JSON.stringify(data);
    item.append(text, about);
    const list = part('.messages');
    list.append(item);
    list.scrollTop = list.scrollHeight;
  }

  function state(text) {
    fact('state').textContent = text;
    fact('state').dataset.state = text;
  }

  function keepCursor(channel) {
    if (channel.cursor === undefined) return;
    sessionStorage.setItem(storageKey, channel.cursor);
    fact('cursor').textContent = channel.cursor;
  }

  async function open() {
    problem('');
    const home = regions.find((one) => one.region === fact('home').value);
    client = new RealtimeClient({ ...addressesFor(name, home), token: () => fetchToken(name) });
    const cursor = sessionStorage.getItem(storageKey) ?? undefined;
    let channel;
    try {
      channel = client.channel(channelName, { cursor });
    } catch (error) {
      return problem(error.message);
    }
    client.on('state', (now, reason) => {
      state(now);
      problem(now === 'disconnected' && reason ? `${reason.message} Reconnecting…` : '');
    });
    client.on('region', (now) => {
      fact('region').textContent = now;
    });
    client.on('latency', (ms) => {
      fact('latency').textContent = `${ms.toFixed(0)} ms`;
    });
    channel.on('state', (now, reason) => {
      if (client.state === 'connected') state(now === 'live' ? 'live' : 'catching up');
      if (reason) problem(reason.message);
      keepCursor(channel);
    });
    channel.on('verdict', ({ verdict, origins }) => {
      fact('verdict').textContent = origins.length > 0 ? `${verdict}: ${origins.join(', ')}` : verdict;
    });
    channel.on('message', (message) => {
      show(message);
      keepCursor(channel);
    });
    // Earlier messages come from history. Messages after the cursor come from the subscription.
    try {
      const { messages } = await channel.history({ limit: 30 });
      for (const message of messages.toReversed()) show(message);
    } catch (error) {
      problem(error.message);
    }
    channel.subscribe();
  }

  part('.composer').addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = part('.text').value.trim();
    if (text === '') return;
    part('.text').value = '';
    try {
      await client.channel(channelName).publish({ text });
      problem('');
    } catch (error) {
      part('.text').value = text;
      problem(error.message);
    }
  });

  fact('home').addEventListener('change', () => {
    if (client.state !== 'closed') client.close();
    part('.toggle').textContent = 'Disconnect';
    void open();
  });

  part('.toggle').addEventListener('click', () => {
    if (client.state === 'closed') {
      part('.toggle').textContent = 'Disconnect';
      void open();
    } else {
      part('.toggle').textContent = 'Connect';
      client.close();
      state('closed');
    }
  });

  void open();
}

async function fetchToken(name) {
  const { token, error } = await (await fetch(`/token?client=${encodeURIComponent(name)}`)).json();
  if (error) throw new Error(error.message);
  return token;
}
