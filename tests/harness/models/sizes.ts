// Sizes of axes as they are written in a model: text, with the little algebra that the generator needs.

/** A size as text: `D`, `D / H`, `2 * F`. Two sizes are the same where their texts are. */
export type Size = string;

/** The leading axes of a tensor whose rank is open. */
export const PACK: Size = "...";

const word = /[A-Za-z_]\w*/g;

/** The names in a size or clause. */
export const namesIn = (text: string): readonly string[] => text.match(word) ?? [];

/** Whether a size is more than a name or a number. */
const isCompound = (size: Size): boolean => /[^\w.]/.test(size);

/** A size as a part of a larger one. */
export const part = (size: Size): string => (isCompound(size) ? `(${size})` : size);

/** The product of sizes. */
export function times(...sizes: readonly Size[]): Size {
  const factors = sizes.filter((size) => size !== "1");
  const [only, ...others] = factors;
  if (only === undefined) return "1";
  return others.length === 0 ? only : factors.map(part).join(" * ");
}

/** A size or clause with other sizes put in for its names. */
export function substitute(text: string, sizes: ReadonlyMap<string, Size>): string {
  const whole = sizes.get(text);
  return whole ?? tidy(text.replaceAll(word, (name) => part(sizes.get(name) ?? name)));
}

/** Shapes as they are written in a type. */
export const shapeText = (shape: readonly Size[]): string => `[${shape.join(", ")}]`;

/** A size with a number added. */
export const more = (size: Size, by: number): Size =>
  tidy(`${part(size)} ${by < 0 ? "-" : "+"} ${String(Math.abs(by))}`);

/** Numbers alone are worked out: `(3 + 1) / 2` is `2`. */
export function tidy(size: Size): Size {
  if (/[A-Za-z.]/.test(size)) return size;
  const value = numeric(size);
  return value === undefined ? size : String(value);
}

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => Math.floor(a / b),
  "%": (a, b) => a % b,
};

/** What an expression over numbers comes to, parentheses first, then products, then sums. */
function numeric(text: string): number | undefined {
  let left = text;
  for (const step of [/\((-?\d+)\)/, /(\d+) ([*/%]) (\d+)/, /(\d+) ([+-]) (\d+)/]) {
    const found = step.exec(left);
    if (!found) continue;
    const [whole, a = "", operator, b = ""] = found;
    const value = operator === undefined ? a : operations[operator]?.(Number(a), Number(b));
    left = left.replace(whole, String(value));
    return numeric(left);
  }
  return /^-?\d+$/.test(left) ? Number(left) : undefined;
}

/** Whether a clause over numbers alone holds. */
export function holds(clause: string): boolean {
  const [left = "", relation, right = ""] = clause.split(/ (>=|<=|==) /);
  const [a, b] = [numeric(left), numeric(right)];
  if (a === undefined || b === undefined) return false;
  return relation === ">=" ? a >= b : relation === "<=" ? a <= b : a === b;
}
