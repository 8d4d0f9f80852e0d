// Charts as SVG files for Markdown pages. They have their own colors, which suit light and dark pages.
import { escape, logScale, type Scale } from '../../load/report/charts';

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT] = [820, 360, 70, 56, 44, 220] as const;
/** Distinguishable with color blindness. https://jfly.uni-koeln.de/color/ */
export const COLORS = ['#0072b2', '#56b4e9', '#d55e00', '#e69f00', '#cc79a7', '#009e73'] as const;
const STYLE =
  'text{font:12px system-ui,sans-serif;fill:#333}.title{font-size:15px;font-weight:600}.grid{stroke:#ddd}.bad{fill:#b00020}';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinesOptions {
  readonly title: string;
  readonly across: string;
  readonly lines: readonly Line[];
}

/** Lines over two logarithmic axes. */
export function lines({ title, across, lines: all }: LinesOptions): string {
  const points = all.flatMap((one) => one.points);
  const [scaleX, scaleY] = [decades(points.map(([x]) => x)), decades(points.map(([, y]) => y))];
  const x = (value: number): number => LEFT + (WIDTH - LEFT - RIGHT) * scaleX.place(value);
  const y = (value: number): number => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * scaleY.place(value);
  const grid = scaleY.steps.map(
    (step) => rule(LEFT, WIDTH - RIGHT, y(step)) + label(LEFT - 8, y(step) + 4, step.toLocaleString('en'), 'end'),
  );
  const ticks = scaleX.steps.map((step) => label(x(step), HEIGHT - BOTTOM + 18, step.toLocaleString('en'), 'middle'));
  const drawn = all.map(({ name, points: own }, i) => {
    const color = COLORS[i % COLORS.length] ?? '';
    const path = own.map(([px, py], j) => `${j === 0 ? 'M' : 'L'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join('');
    const dots = own.map(
      ([px, py]) => `<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="3.5" fill="${color}"/>`,
    );
    const at = TOP + 10 + i * 20;
    const key = `<rect x="${WIDTH - RIGHT + 12}" y="${at - 9}" width="10" height="10" fill="${color}"/>`;
    return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}${key}${label(WIDTH - RIGHT + 28, at, name)}`;
  });
  const axis = label(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 8, across, 'middle');
  return svg(HEIGHT, title, [...grid, ...ticks, axis, ...drawn]);
}

export interface Bar {
  readonly name: string;
  /** Undefined when there is no value; then only the remark is shown. */
  readonly value: number | undefined;
  /** Index of the color. */
  readonly kind: number;
  /** Warning after the value. */
  readonly remark?: string;
}

/** Horizontal bars, one below the other. */
export function bars(title: string, unit: string, all: readonly Bar[]): string {
  const [left, bar, gap] = [270, 18, 8];
  const most = Math.max(...all.map(({ value = 0 }) => value));
  const drawn = all.map(({ name, value, kind, remark = '' }, i) => {
    const at = TOP + i * (bar + gap);
    const width = ((WIDTH - left - RIGHT) * (value ?? 0)) / most;
    const text = value === undefined ? '' : `${value.toLocaleString('en', { maximumFractionDigits: 0 })} ${unit}`;
    return (
      label(left - 10, at + 13, name, 'end') +
      `<rect x="${left}" y="${at}" width="${width.toFixed(1)}" height="${bar}" fill="${COLORS[kind % COLORS.length] ?? ''}"/>` +
      label(left + width + 8, at + 13, text) +
      (remark === ''
        ? ''
        : `<text class="bad" x="${(left + width + (text === '' ? 8 : 90)).toFixed(1)}" y="${at + 13}">${escape(remark)}</text>`)
    );
  });
  return svg(TOP + all.length * (bar + gap) + 12, title, drawn);
}

/** A segment of a stacked bar. */
export interface Part {
  readonly name: string;
  readonly value: number;
  /** Index into `kinds`. */
  readonly kind: number;
}

export interface StacksOptions {
  readonly title: string;
  readonly unit: string;
  /** Meanings of the colors. */
  readonly kinds: readonly string[];
  readonly stacks: readonly { readonly name: string; readonly parts: readonly Part[] }[];
}

/** Stacked bars. Each segment shows its name and value as a tooltip. */
export function stacks({ title, unit, kinds, stacks: all }: StacksOptions): string {
  const [left, bar, gap, head] = [230, 26, 12, TOP + 22] as const;
  const sumOf = (parts: readonly Part[]): number => parts.reduce((sum, { value }) => sum + value, 0);
  const scale = (WIDTH - left - 90) / Math.max(...all.map(({ parts }) => sumOf(parts)));
  const color = (kind: number): string => COLORS[kind % COLORS.length] ?? '';
  const keys = kinds.map((kind, i) => {
    const x = 16 + i * ((WIDTH - 32) / kinds.length);
    return `<rect x="${x.toFixed(1)}" y="${TOP - 14}" width="10" height="10" fill="${color(i)}"/>${label(x + 16, TOP - 5, kind)}`;
  });
  const drawn = all.map(({ name, parts }, i) => {
    const at = head + i * (bar + gap);
    let x = left;
    const pieces = parts.map((part) => {
      const width = part.value * scale;
      const tooltip = `<title>${escape(`${part.name}: ${part.value.toFixed(1)} ${unit}`)}</title>`;
      const piece = `<rect x="${x.toFixed(1)}" y="${at}" width="${width.toFixed(1)}" height="${bar}" fill="${color(part.kind)}" stroke="#fff" stroke-width="0.5">${tooltip}</rect>`;
      x += width;
      return piece;
    });
    const total = label(x + 8, at + 17, `${sumOf(parts).toFixed(0)} ${unit}`);
    return label(left - 10, at + 17, name, 'end') + pieces.join('') + total;
  });
  return svg(head + all.length * (bar + gap) + 8, title, [...keys, ...drawn]);
}

/** A logarithmic scale that starts at the power of ten below the smallest value. */
function decades(values: readonly number[]): Scale {
  const base = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const scale = logScale(values.map((value) => value / base));
  return { place: (value) => scale.place(value / base), steps: scale.steps.map((step) => step * base) };
}

function rule(from: number, to: number, y: number): string {
  return `<line class="grid" x1="${from}" x2="${to}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>`;
}

function label(x: number, y: number, text: string, anchor = 'start'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escape(text)}</text>`;
}

function svg(height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">
<style>${STYLE}</style><rect width="100%" height="100%" fill="#fff"/>
<text class="title" x="16" y="26">${escape(title)}</text>
${parts.join('\n')}
</svg>
`;
}
