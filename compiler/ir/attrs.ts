// Attributes of any op as text: for telling uses apart, and for printing them.
import { show, type Dim } from "../types/dim.js";
import type { Attrs } from "./op.js";

const isDim = (x: object): x is Dim => "terms" in x && "key" in x;

const write = (x: unknown, dimText: (d: Dim) => string): string => {
  if (typeof x === "string") return JSON.stringify(x);
  if (Array.isArray(x)) return `[${x.map((part) => write(part, dimText)).join(", ")}]`;
  if (typeof x !== "object" || x === null) return Object.is(x, -0) ? "-0" : String(x);
  return isDim(x) ? dimText(x) : `{ ${fields(x, dimText)} }`;
};

const fields = (attrs: object, dimText: (d: Dim) => string): string =>
  Object.entries(attrs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, x]) => `${name} = ${write(x, dimText)}`)
    .join(", ");

/** Text that is equal exactly where attributes mean the same. */
export const attrKey = (attrs: Attrs): string => fields(attrs, (d) => d.key);

/** Text for people: `axes = [1], shape = [B, 3 * D]`. */
export const showAttrs = (attrs: Attrs): string => fields(attrs, show);
