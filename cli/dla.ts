// Writes the parts of an artifact as one `.dla` file.
import { dlaPrefix, dlaVersion, magic, partNames, type IndexedPart } from "../runtime/source.js";

/** One file of the parts, manifest first and weights last; the same parts always give the same bytes. */
export function packDla(parts: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const rank = (name: string): number =>
    name === partNames.manifest ? 0 : name === partNames.weights ? 2 : 1;
  const ordered = [...parts].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
  const index = ordered.map(([name, bytes]): IndexedPart => [name, bytes.length]);
  const text = new TextEncoder().encode(JSON.stringify(index));
  const size = dlaPrefix + text.length + index.reduce((sum, [, bytes]) => sum + bytes, 0);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(magic));
  view.setUint32(8, dlaVersion, true);
  view.setUint32(12, text.length, true);
  out.set(text, dlaPrefix);
  let at = dlaPrefix + text.length;
  for (const [, bytes] of ordered) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}
