// Sums of products of any number of tensors with named axes: in which order they meet, and what each meeting computes.
import type { Value } from "../ir/op.js";
import { add, evaluate, int, mul, type Dim } from "../types/dim.js";
import { sumOver } from "./broadcast.js";
import { contract } from "./contract.js";
import { reshape, transpose } from "./movement.js";
import { item } from "./rules.js";
import { pad, slice } from "./slice.js";

/** A tensor whose axes have names. */
export interface Labelled {
  readonly value: Value;
  readonly labels: readonly string[];
}

/** The order in which operands meet: the place of an operand, or what two orders give together. */
export type ContractionOrder = number | readonly [ContractionOrder, ContractionOrder];

/** Up to this many operands every order is weighed; beyond, the cheapest next pair is taken. */
const mostWeighed = 6;

/** What a free size counts as when orders are weighed: large, since data is what is free. */
const nominal = 2 ** 16;

/** The product of all operands, summed over the labels that are not in `out`, in the order of least work. */
export function contractAll(operands: readonly Labelled[], out: readonly string[]): Labelled {
  const axes = operands.map(({ labels }) => labels);
  const extents = new Map(
    operands.flatMap(({ value, labels }) =>
      labels.map((l, i) => [l, extent(value.type.shape[i] ?? int(1))] as const),
    ),
  );
  const emit = (order: ContractionOrder): Meeting => {
    if (typeof order === "number") {
      const members = [order];
      const operand = item(operands, order);
      return { ...sumOut(operand, neededOutside(axes, out, members)), members };
    }
    const [left, right] = [emit(order[0]), emit(order[1])];
    const members = [...left.members, ...right.members];
    return { ...contractPair(left, right, neededOutside(axes, out, members)), members };
  };
  return emit(contractionOrder(axes, out, (label) => extents.get(label) ?? 1));
}

/** Some of the operands, by their places. */
type Members = readonly number[];

interface Meeting extends Labelled {
  readonly members: Members;
}

const extent = (d: Dim): number => evaluate(d, () => nominal) ?? nominal;

/** Labels that the result or an operand outside of `members` has. */
function neededOutside(
  axes: readonly (readonly string[])[],
  out: readonly string[],
  members: Members,
): ReadonlySet<string> {
  return new Set([...out, ...axes.flatMap((own, i) => (members.includes(i) ? [] : own))]);
}

/**
 * The order of least work, counted in products of scalars. Among orders of equal work the one from left to right.
 * Every order of a few operands is weighed (by subsets, as in Pfeifer et al. 2014); of many the pair that shrinks most is next.
 */
export function contractionOrder(
  axes: readonly (readonly string[])[],
  out: readonly string[],
  extentOf: (label: string) => number,
): ContractionOrder {
  const kept = (members: Members): ReadonlySet<string> => {
    const needed = neededOutside(axes, out, members);
    return new Set(members.flatMap((i) => item(axes, i).filter((l) => needed.has(l))));
  };
  const volume = (labels: Iterable<string>): number =>
    [...labels].reduce((n, l) => n * extentOf(l), 1);
  const search = axes.length <= mostWeighed ? weighedOrder : greedyOrder;
  return search(axes.length, {
    work: (a, b) => volume(new Set([...kept(a), ...kept(b)])),
    size: (members) => volume(kept(members)),
    areConnected: (a, b) => [...kept(a)].some((l) => kept(b).has(l)),
  });
}

/** What it costs to contract two results of some of the operands each. */
interface Measures {
  readonly work: (a: Members, b: Members) => number;
  readonly size: (members: Members) => number;
  readonly areConnected: (a: Members, b: Members) => boolean;
}

interface Plan {
  readonly order: ContractionOrder;
  readonly members: Members;
  readonly work: number;
}

const alone = (place: number): Plan => ({ order: place, members: [place], work: 0 });

/** The best order of every set of operands, sets being bits of a number, from those of its parts. */
function weighedOrder(count: number, { work }: Measures): ContractionOrder {
  const best = new Map<number, Plan>();
  for (let place = 0; place < count; place++) best.set(1 << place, alone(place));
  const all = 2 ** count - 1;
  for (let set = 1; set <= all; set++) {
    for (const part of partsOf(set)) {
      const [a, b] = [best.get(set ^ part), best.get(part)];
      if (!a || !b) continue;
      const total = a.work + b.work + work(a.members, b.members);
      if (total >= (best.get(set)?.work ?? Infinity)) continue;
      const members = [...a.members, ...b.members];
      best.set(set, { order: [a.order, b.order], members, work: total });
    }
  }
  return best.get(all)?.order ?? 0;
}

/** The proper parts of a set that hold its last member, smallest first: each division into two once. */
function partsOf(set: number): readonly number[] {
  const last = 1 << (31 - Math.clz32(set));
  const others = set ^ last;
  const parts: number[] = [];
  for (let part = 0; part !== others; part = (part - others) & others) parts.push(part | last);
  return parts;
}

/** Pairs that share an axis come first, and of these the one that shrinks most. */
function greedyOrder(count: number, { size, areConnected }: Measures): ContractionOrder {
  let open = Array.from({ length: count }, (_, place) => alone(place));
  while (open.length > 1) {
    const pairs = open.flatMap((a, i) => open.slice(i + 1).map((b) => ({ a, b })));
    const related = pairs.filter(({ a, b }) => areConnected(a.members, b.members));
    const growth = ({ a, b }: (typeof pairs)[number]): number =>
      size([...a.members, ...b.members]) - size(a.members) - size(b.members);
    const { a, b } = (related.length > 0 ? related : pairs).reduce((least, pair) =>
      growth(pair) < growth(least) ? pair : least,
    );
    const members = [...a.members, ...b.members];
    const joined: Plan = { order: [a.order, b.order], members, work: 0 };
    open = open.flatMap((plan) => (plan === a ? [joined] : plan === b ? [] : [plan]));
  }
  return open[0]?.order ?? 0;
}

function sumOut({ value, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const gone = labels.flatMap((l, i) => (needed.has(l) ? [] : [i]));
  return { value: sumOver(value, gone), labels: labels.filter((l) => needed.has(l)) };
}

function contractPair(left: Labelled, right: Labelled, needed: ReadonlySet<string>): Labelled {
  const all = [...new Set([...left.labels, ...right.labels])];
  const letter = (label: string): string => String.fromCharCode(97 + all.indexOf(label));
  const isShared = (l: string): boolean => left.labels.includes(l) && right.labels.includes(l);
  const batch = all.filter((l) => isShared(l) && needed.has(l));
  const kept = [
    ...batch,
    ...left.labels.filter((l) => !isShared(l)),
    ...right.labels.filter((l) => !isShared(l)),
  ];
  const spec = {
    left: left.labels.map(letter).join(""),
    right: right.labels.map(letter).join(""),
    out: kept.map(letter).join(""),
  };
  return { value: contract(left.value, right.value, spec), labels: kept };
}

/** A tensor in which each label stands once: of axes with one label the diagonal is left. */
export function diagonals(x: Labelled): Labelled {
  const again = x.labels.findIndex((l, i) => x.labels.indexOf(l) < i);
  const label = x.labels[again];
  if (label === undefined) return x;
  const first = x.labels.indexOf(label);
  const others = x.labels.flatMap((_, i) => (i === first || i === again ? [] : [i]));
  const moved = transpose(x.value, { perm: [...others, first, again] });
  const labels = [...others.map((i) => x.labels[i] ?? ""), label];
  return diagonals({ value: lastDiagonal(moved), labels });
}

/** The diagonal of the last two axes, of one size N: laid out in rows of N + 1, it is the first column. */
function lastDiagonal(x: Value): Value {
  const { shape } = x.type;
  const size = shape.at(-1) ?? int(1);
  const lead = shape.slice(0, -2);
  const none = lead.map(() => int(0));
  const flat = reshape(x, { shape: [...lead, mul(size, size)] });
  const filled = pad(flat, {
    low: [...none, int(0)],
    high: [...none, size],
    interior: [...lead, size].map(() => 0),
    value: 0,
  });
  const rows = reshape(filled, { shape: [...lead, size, add(size, int(1))] });
  const column = slice(rows, {
    starts: [...none, int(0), int(0)],
    steps: rows.type.shape.map(() => 1),
    shape: [...lead, size, int(1)],
  });
  return reshape(column, { shape: [...lead, size] });
}
