// Planted mistakes: small edits of a right program, as a tired author makes them.
import {
  textOf,
  visit,
  type Expr,
  type Module,
  type Node,
  type PatternAxis,
  type Span,
} from "../../../grammar/index.js";

/** One mistake in a program. */
export interface Mutant {
  readonly kind: string;
  readonly text: string;
  /** The line of the edit, counted from 1. */
  readonly line: number;
}

/** Where a mistake can be planted, and the text that takes the place of the span. */
interface Site {
  readonly kind: string;
  readonly span: Span;
  readonly by: string;
}

/** What the author of a mutant may draw on. */
interface Surroundings {
  /** Sizes that are named somewhere in the program. */
  readonly names: readonly string[];
  /** A number from 0 up to the bound. */
  readonly below: (bound: number) => number;
}

type Planter = (node: Node & { readonly kind: string }, around: Surroundings) => readonly Site[];

const site = (kind: string, span: Span, by: string): Site => ({ kind, span, by });

/** The span of several nodes side by side. */
const across = (first: Node, last: Node): Span => ({ ...first.span, end: last.span.end });

const swapped = (a: Node, b: Node): string => {
  const { text } = a.span.file;
  return textOf(b.span) + text.slice(a.span.end, b.span.start) + textOf(a.span);
};

const as = <K extends Expr["kind"]>(node: Node & { kind: string }, kind: K) =>
  node.kind === kind ? (node as Extract<Expr, { kind: K }>) : undefined;

const transposes: Planter = (node) => {
  const member = as(node, "member");
  if (member?.name.name !== "T") return [];
  return [site("a dropped transpose", member.span, textOf(member.object.span))];
};

/** Types of parameters, members and results. */
const types: Planter = (node, { names, below }) => {
  if (node.kind !== "tensor-type" || !("dims" in node)) return [];
  const dims = node.dims as readonly Node[];
  return dims.flatMap((dim, i) => {
    const next = dims[i + 1];
    const other = names[below(names.length)];
    const isName = /^[A-Z]\w*$/.test(textOf(dim.span));
    return [
      ...(next ? [site("swapped sizes in a type", across(dim, next), swapped(dim, next))] : []),
      ...(isName && other ? [site("another size in a type", dim.span, other)] : []),
      ...(isName ? [site("a larger size in a type", dim.span, `${textOf(dim.span)} + 1`)] : []),
      ...(next
        ? [site("a dropped axis of a type", { ...dim.span, end: next.span.start }, "")]
        : []),
    ];
  });
};

/** Constructors of layers and calls of functions. */
const calls: Planter = (node) => {
  const call = as(node, "call");
  if (!call) return [];
  const [first, second] = call.args;
  const last = call.args.at(-1);
  const sites: Site[] = [];
  if (first && second && !first.name && !second.name)
    sites.push(site("swapped arguments", across(first, second), swapped(first, second)));
  if (last) sites.push(site("an argument too many", last.span, `${textOf(last.span)}, 7`));
  if (first && second)
    sites.push(site("a dropped argument", { ...first.span, end: second.span.start }, ""));
  return sites;
};

/** The sizes that layers are made with. */
const widths: Planter = (node, { names, below }) => {
  const call = as(node, "call");
  if (!call || !/^[A-Z]/.test(textOf(call.callee.span))) return [];
  return call.args.flatMap((arg) => {
    const text = textOf(arg.value.span);
    const other = names[below(names.length)];
    if (arg.name || !/^[A-Z]\w*$/.test(text)) return [];
    const changed = below(2) === 0 ? `2 * ${text}` : `${text} + 1`;
    return [
      ...(other ? [site("another width", arg.value.span, other)] : []),
      site("a changed width", arg.value.span, changed),
    ];
  });
};

const options: Planter = (node) => {
  const call = as(node, "call");
  return (call?.args ?? []).flatMap(({ name, value }) => {
    const text = textOf(value.span);
    const axis = text === "0" ? "1" : String(-Number(text) - 1);
    if (!name) return [];
    return [
      site("a misspelt argument", name.span, `${name.name}z`),
      ...(name.name === "keep" ? [site("a lost axis", value.span, "false")] : []),
      ...(name.name === "axis" && /^-?\d$/.test(text)
        ? [site("another axis", value.span, axis)]
        : []),
    ];
  });
};

const patterns: Planter = (node) => {
  const pattern = as(node, "pattern");
  if (!pattern) return [];
  const sides: readonly (readonly PatternAxis[])[] = [...pattern.inputs, pattern.output];
  return sides.flatMap((axes) =>
    axes.flatMap((axis, i) => {
      const next = axes[i + 1];
      const [gap] = [next ? { ...axis.span, end: next.span.start } : undefined];
      return [
        ...(gap ? [site("a dropped axis of a pattern", gap, "")] : []),
        ...(next
          ? [site("swapped axes of a pattern", across(axis, next), swapped(axis, next))]
          : []),
        ...(axis.kind === "axis" ? [site("another axis in a pattern", axis.span, "zz")] : []),
      ];
    }),
  );
};

const names: Planter = (node) => {
  const name = as(node, "name");
  if (!name || name.name.length < 2) return [];
  return [site("a misspelt name", name.span, `${name.name}x`)];
};

const products: Planter = (node) => {
  const binary = as(node, "binary");
  if (binary?.operator !== "@") return [];
  const { left, right } = binary;
  return [
    site("swapped factors", across(left, right), swapped(left, right)),
    site("a transpose too many", right.span, `${textOf(right.span)}.T`),
  ];
};

const slices: Planter = (node) => {
  const index = as(node, "index");
  if (!index) return [];
  return index.items.flatMap((item) => {
    const text = textOf(item.span);
    const by = text === "1:" ? "2:" : text === ":-1" ? ":-2" : text === "::2" ? "::3" : undefined;
    return by === undefined ? [] : [site("another slice", item.span, by)];
  });
};

const dtypes: Planter = (node) => {
  if (node.kind !== "tensor-type" || !textOf(node.span).startsWith("i32")) return [];
  return [site("floats for integers", node.span, textOf(node.span).slice("i32".length))];
};

const planters: readonly Planter[] = [
  transposes,
  types,
  calls,
  widths,
  options,
  patterns,
  names,
  products,
  slices,
  dtypes,
];

/** Clauses, each dropped. */
function clauses(module: Module): readonly Site[] {
  const found: Site[] = [];
  visit(module, (node) => {
    if (!("where" in node)) return;
    const where = node.where as readonly Expr[];
    const [first] = where;
    where.forEach((clause, i) => {
      const next = where[i + 1];
      const before = where[i - 1];
      const { start } = clause.span;
      const end = clause.span.end;
      if (next) found.push(site("a dropped clause", { ...clause.span, end: next.span.start }, ""));
      else if (before)
        found.push(site("a dropped clause", { ...clause.span, start: before.span.end }, ""));
      else if (first) {
        const from = clause.span.file.text.lastIndexOf("where", start);
        found.push(site("a dropped clause", { ...clause.span, start: from, end }, ""));
      }
    });
  });
  return found;
}

/** All the places of a program's functions, layers and models where a mistake can be planted. */
function sitesOf(module: Module, below: (bound: number) => number): readonly Site[] {
  const declared = module.items.filter((item) => item.kind === "fn" || item.kind === "layer");
  const sizes = new Set<string>();
  for (const item of declared)
    visit(item, (node) => {
      if ("kind" in node && node.kind === "name" && "name" in node)
        if (typeof node.name === "string" && /^[A-Z]\w{0,3}$/.test(node.name)) sizes.add(node.name);
    });
  for (const item of declared) sizes.delete(item.name.name);
  const around: Surroundings = { names: [...sizes], below };
  const sites = [...clauses(module)];
  const initialisers: Span[] = [];
  for (const item of declared)
    visit(item, (node) => {
      if (!("kind" in node) || typeof node.kind !== "string") return;
      if ("init" in node && isNode(node.init)) initialisers.push(node.init.span);
      for (const plant of planters) sites.push(...plant(node as Node & { kind: string }, around));
    });
  // Nothing of a shape depends on how a parameter starts out.
  return sites.filter(
    ({ span }) => !initialisers.some((init) => init.start <= span.start && span.end <= init.end),
  );
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "span" in value;

/** A mutant of each of so many kinds of mistake, as chance has it. */
export function mutantsOf(module: Module, random: () => number, count: number): readonly Mutant[] {
  const below = (bound: number): number => Math.floor(random() * bound);
  const all = sitesOf(module, below);
  const kinds = [...new Set(all.map((s) => s.kind))].map((kind) =>
    all.filter((s) => s.kind === kind),
  );
  const mutants: Mutant[] = [];
  while (mutants.length < count && kinds.length > 0) {
    const [sites = []] = kinds.splice(below(kinds.length), 1);
    const chosen = sites[below(sites.length)];
    if (chosen) mutants.push(plant(chosen));
  }
  return mutants;
}

function plant({ kind, span, by }: Site): Mutant {
  const { text } = span.file;
  const line = text.slice(0, span.start).split("\n").length;
  return { kind, line, text: text.slice(0, span.start) + by + text.slice(span.end) };
}
