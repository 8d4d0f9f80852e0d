// A pane of the chat page: a client of its own, and its channel.
import { RealtimeClient } from '/client.mjs';

/**
 * Opens a pane for a client. `regions` are the regions to choose from, `home` the one that is chosen first. `addressesFor` returns the
 * addresses of a client by its home region.
 */
export function openPane({ name, channelName, regions, home, addressesFor }) {
  const view = new PaneView(name);
  if (home === undefined) return view.problem('This app has no RealtimeApi.');
  view.fact('home').append(...regions.map((one) => new Option(one.region, one.region, false, one === home)));
  const connection = new PaneConnection({ name, channelName, regions, addressesFor, view });
  view.part('.composer').addEventListener('submit', (event) => {
    event.preventDefault();
    void connection.publish();
  });
  view.fact('home').addEventListener('change', () => connection.reopen());
  view.part('.toggle').addEventListener('click', () => connection.toggle());
  void connection.open();
}

/** The elements of a pane. */
class PaneView {
  constructor(name) {
    this.name = name;
    this.shown = new Set();
    this.pane = document.querySelector('#pane').content.firstElementChild.cloneNode(true);
    this.pane.dataset.name = name;
    this.part('.name').textContent = name;
    this.fact('region').textContent = '–';
    document.querySelector('#panes').append(this.pane);
  }

  part(selector) {
    return this.pane.querySelector(selector);
  }

  fact(id) {
    return this.part(`[data-testid="${id}"]`);
  }

  problem(text) {
    const element = this.part('.problem');
    element.hidden = text === '';
    element.textContent = text;
  }

  state(text) {
    this.fact('state').textContent = text;
    this.fact('state').dataset.state = text;
  }

  /** Appends a message, unless it is shown already. */
  show({ id, seq, ts, from, data }) {
    if (this.shown.has(id)) return;
    this.shown.add(id);
    const item = document.createElement('li');
    item.className = from === this.name ? 'message own' : 'message';
    item.dataset.seq = seq;
    const about = document.createElement('small');
    about.textContent = `${from} · ${new Date(ts).toLocaleTimeString()} · ${seq}`;
    const text = document.createElement('span');
    text.textContent = typeof data?.text === 'string' ? data.text : JSON.stringify(data);
    item.append(text, about);
    const list = this.part('.messages');
    list.append(item);
    list.scrollTop = list.scrollHeight;
  }
}

/** The client of a pane, and its channel. A closed client is replaced by a new one. */
class PaneConnection {
  constructor({ name, channelName, regions, addressesFor, view }) {
    Object.assign(this, { name, channelName, regions, addressesFor, view });
    this.storageKey = `cursor ${name} ${channelName}`;
  }

  async open() {
    const { view } = this;
    view.problem('');
    const home = this.regions.find((one) => one.region === view.fact('home').value);
    this.client = new RealtimeClient({ ...this.addressesFor(home), token: () => fetchToken(this.name) });
    const cursor = sessionStorage.getItem(this.storageKey) ?? undefined;
    let channel;
    try {
      channel = this.client.channel(this.channelName, { cursor });
    } catch (error) {
      return view.problem(error.message);
    }
    this.showClient();
    this.showChannel(channel);
    // Earlier messages come from history. Messages after the cursor come from the subscription.
    try {
      const { messages, verdict } = await channel.history({ limit: 30 });
      for (const message of messages.toReversed()) view.show(message);
      if (verdict === 'pending')
        view.problem('Earlier messages of other regions are still replicating to this region.');
    } catch (error) {
      view.problem(error.message);
    }
    channel.subscribe();
  }

  showClient() {
    const { client, view } = this;
    client.on('state', (now, reason) => {
      view.state(now);
      view.problem(now === 'disconnected' && reason ? `${reason.message} Reconnecting…` : '');
    });
    client.on('region', (now) => {
      view.fact('region').textContent = now;
    });
    client.on('latency', (ms) => {
      view.fact('latency').textContent = `${ms.toFixed(0)} ms`;
    });
  }

  showChannel(channel) {
    const { view } = this;
    channel.on('state', (now, reason) => {
      if (this.client.state === 'connected') view.state(now === 'live' ? 'live' : 'catching up');
      if (reason) view.problem(reason.message);
      this.keepCursor(channel);
    });
    channel.on('verdict', ({ verdict, origins }) => {
      view.fact('verdict').textContent = origins.length > 0 ? `${verdict}: ${origins.join(', ')}` : verdict;
    });
    channel.on('message', (message) => {
      view.show(message);
      this.keepCursor(channel);
    });
  }

  /** Stores the cursor, so that a reloaded page resumes where it was. */
  keepCursor(channel) {
    if (channel.cursor === undefined) return;
    sessionStorage.setItem(this.storageKey, channel.cursor);
    this.view.fact('cursor').textContent = channel.cursor;
  }

  /** Publishes the text of the composer. It returns to the composer when the publish fails. */
  async publish() {
    const input = this.view.part('.text');
    const text = input.value.trim();
    if (text === '') return;
    input.value = '';
    try {
      await this.client.channel(this.channelName).publish({ text });
      this.view.problem('');
    } catch (error) {
      input.value = text;
      this.view.problem(error.message);
    }
  }

  /** Connects with a new client, near the chosen home region. */
  reopen() {
    if (this.client.state !== 'closed') this.client.close();
    this.view.part('.toggle').textContent = 'Disconnect';
    void this.open();
  }

  toggle() {
    if (this.client.state === 'closed') return this.reopen();
    this.view.part('.toggle').textContent = 'Connect';
    this.client.close();
    this.view.state('closed');
  }
}

async function fetchToken(name) {
  const { token, error } = await (await fetch(`/token?client=${encodeURIComponent(name)}`)).json();
  if (error) throw new Error(error.message);
  return token;
}
