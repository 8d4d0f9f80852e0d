// Reads the parts of Markdown files that tests check: fenced blocks, links, headings.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(__dirname, '..', '..', '..');

/** A fenced block. */
export interface Fence {
  readonly file: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
  /** The first word after the backticks; empty if there is none. */
  readonly language: string;
  readonly text: string;
  /** Variables that the text uses without defining them: `<!-- given: client, channel -->` on the line before. */
  readonly given: readonly string[];
}

export interface Link {
  readonly file: string;
  readonly line: number;
  readonly target: string;
}

/** Files that match a Git pathspec: tracked ones, and new ones that Git does not ignore. Deleted files are left out. */
export function trackedFiles(pattern: string): readonly string[] {
  const list = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', pattern],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  return list.split('\n').filter((file) => file !== '' && existsSync(path.join(root, file)));
}

export function markdownFiles(): readonly string[] {
  return trackedFiles('*.md');
}

export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** Every fenced block of a file, and its lines with those blocks blanked. */
export function parse(
  file: string,
  text = read(file),
): { readonly fences: readonly Fence[]; readonly prose: readonly string[] } {
  const fences: Fence[] = [];
  const prose: string[] = [];
  const lines = text.split('\n');
  let open: { fence: string; language: string; line: number; given: readonly string[]; text: string[] } | undefined;
  for (const [index, line] of lines.entries()) {
    const [, fence, info = ''] = /^\s*(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open !== undefined) {
      if (fence !== undefined && fence.startsWith(open.fence) && info.trim() === '') {
        const { language, line: first, given } = open;
        fences.push({ file, line: first, language, given, text: open.text.join('\n') });
        open = undefined;
      } else open.text.push(line);
      prose.push('');
    } else if (fence !== undefined) {
      const given = /<!-- given: (.+?) -->/.exec(lines[index - 1] ?? '')?.[1]?.split(/,\s*/) ?? [];
      open = { fence, language: info.trim().split(/\s+/)[0] ?? '', line: index + 2, given, text: [] };
      prose.push('');
    } else prose.push(line);
  }
  return { fences, prose };
}

/** Links and images of a file, outside of code. */
export function linksOf(file: string, text?: string): readonly Link[] {
  return parse(file, text).prose.flatMap((line, index) =>
    // A link around an image has two targets.
    [
      ...line.replace(/`[^`]*`/g, (code) => 'x'.repeat(code.length)).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g),
    ].map(([, target = '']) => ({ file, line: index + 1, target })),
  );
}

/** Anchors of a file: those that GitHub gives to headings, and `id` or `name` of HTML elements. */
export function anchorsOf(file: string, text?: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const times = new Map<string, number>();
  for (const line of parse(file, text).prose) {
    for (const [, id = ''] of line.matchAll(/<[^>]*?\b(?:id|name)="([^"]+)"/g)) anchors.add(id);
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    const seen = times.get(slug) ?? 0;
    times.set(slug, seen + 1);
    anchors.add(seen === 0 ? slug : `${slug}-${seen}`);
  }
  return anchors;
}

/** As GitHub makes them: https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
function slugOf(heading: string): string {
  return heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]+>/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
}
