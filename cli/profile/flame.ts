// A flame picture: each bar is a line of the source, as wide as the time of all kernels below it, under the line that called it.
import type { Profile } from "./profile.js";

interface Bar {
  readonly name: string;
  time: number;
  readonly below: Map<string, Bar>;
}

const width = 1200;
const height = 18;
/** Bars narrower than this many units are left out. */
const narrowest = 0.5;
/** Units that a letter takes, about. */
const letter = 6.6;

/** The picture as SVG. Bars of one row stand in the order of the dispatches. */
export function flamePicture({ entry, adapter, microseconds, dispatches }: Profile): string {
  const root: Bar = { name: `${entry} on ${adapter}`, time: microseconds, below: new Map() };
  let depth = 1;
  for (const { calls, kernel, microseconds: time } of dispatches) {
    let bar = root;
    const path = [...calls, kernel];
    depth = Math.max(depth, path.length + 1);
    for (const name of path) {
      const next = bar.below.get(name) ?? { name, time: 0, below: new Map<string, Bar>() };
      bar.below.set(name, next);
      next.time += time;
      bar = next;
    }
  }
  const bars = draw(root, 0, 0, width / Math.max(microseconds, Number.MIN_VALUE), microseconds);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(depth * height)}" font-family="monospace" font-size="11">
${bars.join("\n")}
</svg>
`;
}

function draw(bar: Bar, x: number, row: number, scale: number, whole: number): string[] {
  const wide = bar.time * scale;
  if (wide < narrowest) return [];
  const letters = Math.floor((wide - 6) / letter);
  const shown =
    letters >= bar.name.length ? bar.name : letters < 3 ? "" : `${bar.name.slice(0, letters - 1)}…`;
  const share = `${((100 * bar.time) / whole).toFixed(1)} %`;
  const title = `${bar.name}: ${bar.time.toFixed(1)} µs, ${share}`;
  const y = row * height;
  const at = `x="${x.toFixed(2)}" y="${String(y)}"`;
  const own = [
    `<g><title>${escape(title)}</title>`,
    `<rect ${at} width="${wide.toFixed(2)}" height="${String(height - 1)}" fill="${colour(bar.name)}"/>`,
    `<text x="${(x + 3).toFixed(2)}" y="${String(y + 13)}">${escape(shown)}</text></g>`,
  ].join("");
  let from = x;
  const below = [...bar.below.values()].flatMap((next) => {
    const drawn = draw(next, from, row + 1, scale, whole);
    from += next.time * scale;
    return drawn;
  });
  return [own, ...below];
}

/** A warm colour that depends on the name alone. */
function colour(name: string): string {
  const sum = [...name].reduce((hash, c) => (hash * 31 + (c.codePointAt(0) ?? 0)) % 9973, 7);
  return `hsl(${String(10 + (sum % 45))} 80% ${String(62 + (sum % 16))}%)`;
}

const escape = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
