// A report as a self-contained HTML file.
import { escape } from './charts';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --good: #2e7d32; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line); } th:first-child, td:first-child { text-align: left; }
.scroll { max-height: 24rem; overflow: auto; } figure { margin: 1.2rem 0; } figcaption { font-weight: 600; } small { font-weight: 400; opacity: .7; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: currentColor; } .grid { stroke: var(--line); }
.mark { stroke: #e6550d; stroke-dasharray: 4 3; } text.mark { stroke: none; fill: #e6550d; }
.legend span { margin-right: 1rem; } .legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: 2px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .6rem; } .card { border: 1px solid var(--line); border-radius: 8px; padding: .5rem .8rem; }
.card b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; } .bad b { color: var(--bad); } .good b { color: var(--good); } code { font-size: .9em; }
`;

export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${escape(title)}</title><style>${STYLE}</style></head>
<body><h1>${escape(title)}</h1>
${body}
</body></html>
`;
}

/**
 * A number with its name.
 *
 * @param mood whether the number is as it should be. @default - neither
 */
export function card(name: string, value: string, mood?: 'good' | 'bad'): string {
  return `<div class="card ${mood ?? ''}"><b>${escape(value)}</b>${escape(name)}</div>`;
}

export function cards(...list: readonly string[]): string {
  return `<div class="cards">${list.join('\n')}</div>`;
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(typeof cell === 'number' ? cell.toLocaleString('en') : cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>
${rows.map((cells) => row(cells, 'td')).join('\n')}
</tbody></table></div>`;
}
