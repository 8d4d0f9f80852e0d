// Charts as inline SVG, without scripts, fonts or other files.

/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** An event, drawn as a vertical line across the chart. */
export interface Mark {
  readonly x: number;
  readonly name: string;
}

export interface ChartOptions {
  readonly title: string;
  /** Quantity and unit of y. */
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly marks?: readonly Mark[];
  /** Whether y has a logarithmic scale. @default false */
  readonly logarithmic?: boolean;
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [900, 240, 64, 34, 30] as const;

/** A line chart over seconds. */
export function lineChart({ title, unit, lines, marks = [], logarithmic = false }: ChartOptions): string {
  const all = lines.flatMap(({ points }) => points);
  const right = Math.max(1, ...all.map(([x]) => x));
  const scale = logarithmic ? logScale(all.map(([, y]) => y)) : linearScale(all.map(([, y]) => y));
  const x = (value: number): number => LEFT + ((WIDTH - LEFT - 12) * value) / right;
  const y = (value: number): number => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * scale.place(value);
  const grid = scale.steps.map(
    (step) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - 12}" y1="${y(step).toFixed(1)}" y2="${y(step).toFixed(1)}"/>` +
      `<text x="${LEFT - 8}" y="${(y(step) + 4).toFixed(1)}" text-anchor="end">${step.toLocaleString('en')}</text>`,
  );
  const every = niceStep(right / 8);
  const ticks = Array.from({ length: Math.floor(right / every) + 1 }, (_, i) => i * every).map(
    (at) => `<text x="${x(at).toFixed(1)}" y="${HEIGHT - 10}" text-anchor="middle">${at} s</text>`,
  );
  const across = marks.map(
    ({ x: at, name }, i) =>
      `<line class="mark" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>` +
      `<text class="mark" x="${(x(at) + 4).toFixed(1)}" y="${TOP + 12 + (i % 3) * 14}">${escape(name)}</text>`,
  );
  const paths = lines.map(({ points, color }) => {
    const path = points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join('');
    return `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.6"/>`;
  });
  const legend = lines
    .map(({ name, color }) => `<span><i style="background:${color}"></i>${escape(name)}</span>`)
    .join('');
  return `<figure><figcaption>${escape(title)} <small>${escape(unit)}</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">${[...grid, ...ticks, ...across, ...paths].join('\n')}</svg>
<div class="legend">${legend}</div></figure>`;
}

export interface Scale {
  /** From 0 at the bottom to 1 at the top. */
  place(value: number): number;
  readonly steps: readonly number[];
}

function linearScale(values: readonly number[]): Scale {
  const step = niceStep(Math.max(1, ...values) / 4);
  const top = step * Math.ceil(Math.max(1, ...values) / step);
  return {
    place: (value) => value / top,
    steps: Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step),
  };
}

/** A logarithmic scale from 1 on. Smaller values are drawn at the bottom. */
export function logScale(values: readonly number[]): Scale {
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(10, ...values))));
  return {
    place: (value) => Math.log10(Math.max(1, value)) / decades,
    steps: Array.from({ length: decades + 1 }, (_, i) => 10 ** i),
  };
}

/** The smallest 1, 2 or 5 times a power of ten that is not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= least) ?? power;
}

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
}
