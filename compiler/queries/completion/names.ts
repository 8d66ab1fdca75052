// Names that an expression, a type or a size may hold at the cursor.
import type { Item, Node } from "../../../grammar/ast.js";
import { dtypeNames } from "../../../grammar/tokens.js";
import { primitiveExamples } from "../../check/primitives/examples.js";
import { primitives } from "../../check/primitives/index.js";
import type { Scope } from "../../check/meaning.js";
import type { Declared } from "../../resolve/modules.js";
import { exportsFor, importEdits } from "../imports.js";
import { canBeSize } from "../names/env.js";
import { declaredTarget, type Target, type TargetKind } from "../names/target.js";
import { headOf, primitiveHead, wordsOf } from "../words.js";
import { envAt, isMarked, type Cursor } from "./cursor.js";
import { rank, type Completion } from "./proposal.js";

/** Which names are wanted most. */
export type Wanted =
  | "value"
  | "stage"
  | "size"
  | "layer"
  | "model"
  | "adapter"
  | "optimizer"
  | "initialiser"
  | "condition";

const fitting: Readonly<Record<Wanted, ReadonlySet<TargetKind>>> = {
  value: new Set(["tensor", "let", "var", "parameter", "state", "loop"]),
  stage: new Set(["field", "method", "fn", "let", "loop"]),
  size: new Set(["dim", "static", "const"]),
  layer: new Set(["layer", "model"]),
  model: new Set(["model", "layer"]),
  adapter: new Set(["adapter"]),
  optimizer: new Set(["optimizer"]),
  initialiser: new Set(["fn", "primitive"]),
  condition: new Set(["static", "dim"]),
};

/** Kinds beside which nothing else can stand. */
const strict: ReadonlySet<Wanted> = new Set(["layer", "model", "adapter", "optimizer"]);

/** What is no value and is offered only where it fits. */
const special: ReadonlySet<TargetKind> = new Set(["adapter", "optimizer", "train"]);

/** Every name visible at the cursor, those that fit best first. */
export function namesAt(
  cursor: Cursor,
  wanted: Wanted,
  isStrict = strict.has(wanted),
): readonly Completion[] {
  const found: Completion[] = [];
  const seen = new Set<string>();
  const offer = (target: Target, otherwise: number): void => {
    if (seen.has(target.name) || isMarked(target.name)) return;
    seen.add(target.name);
    const isFit = fits(wanted, target);
    if ((isStrict || special.has(target.kind)) && !isFit) return;
    if (isItself(cursor, target)) return;
    found.push(completionOf(cursor, target, isFit ? Math.min(rank.fitting, otherwise) : otherwise));
  };
  for (const target of envAt(cursor)?.bound().values() ?? [])
    if (isBefore(cursor, target) && !target.name.startsWith("...")) offer(target, rank.near);
  for (const declared of cursor.unit.names.values())
    offer(localTarget(cursor, declared), rank.declared);
  for (const declared of cursor.library.prelude.values())
    offer(declaredTarget(declared), rank.everywhere);
  if (!isStrict)
    for (const name of primitives.keys()) offer({ kind: "primitive", name }, rank.everywhere);
  return [...found, ...importable(cursor, wanted, seen, isStrict)];
}

/** A declaration is of no use inside of itself. */
const isItself = ({ item }: Cursor, { span }: Target): boolean =>
  item !== undefined &&
  "name" in item &&
  item.name.span.start === span?.start &&
  item.name.span.file.path === span.file.path;

/** Imported names are offered as they are called here. */
function localTarget({ unit }: Cursor, declared: Declared): Target {
  const target = declaredTarget(declared);
  const local = [...unit.names].find(([, other]) => other === declared)?.[0];
  return local === undefined ? target : { ...target, name: local };
}

function fits(wanted: Wanted, { kind, item }: Target): boolean {
  if (!fitting[wanted].has(kind)) return false;
  return wanted !== "initialiser" || kind === "primitive" || isInitialiser(item);
}

const isInitialiser = (item: Item | undefined): boolean =>
  item?.kind === "fn" && item.result?.kind === "like" && item.result.of.name === "param";

/** What a block binds further down is not visible yet. */
function isBefore({ start }: Cursor, { kind, node }: Target): boolean {
  return !["let", "var"].includes(kind) || (node?.span.end ?? 0) <= start;
}

function completionOf(cursor: Cursor, target: Target, at: number): Completion {
  const { kind, name } = target;
  if (kind === "primitive") return primitiveCompletion(name, at);
  const detail = detailOf(cursor, target);
  const doc = target.node && "doc" in target.node ? target.node.doc : undefined;
  return {
    label: name,
    kind,
    rank: at,
    ...(detail === undefined ? {} : { detail }),
    ...(doc === undefined ? {} : { doc }),
  };
}

function primitiveCompletion(name: string, at: number): Completion {
  const primitive = primitives.get(name);
  const example = primitiveExamples.get(name);
  if (!primitive) return { label: name, kind: "primitive", rank: at };
  const doc = `${primitive.doc}${example === undefined ? "" : `\n\n\`\`\`dl\n${example}\n\`\`\``}`;
  return { label: name, kind: "primitive", detail: primitiveHead(primitive), doc, rank: at };
}

/** The type of a value, the head of a declaration. */
function detailOf(cursor: Cursor, { name, item, node }: Target): string | undefined {
  if (item && node === item && item.kind !== "import" && item.kind !== "property")
    return headOf(item);
  const meaning = scopeAt(cursor)?.lookup(name)?.meaning;
  const words = meaning && wordsOf(meaning);
  return words === name ? undefined : words;
}

/** The scope of the nearest expression around the cursor that was evaluated. */
export function scopeAt({ known, path }: Cursor): Scope | undefined {
  for (const node of [...path].reverse()) {
    const scope =
      known &&
      (known.scopeOf(node as Parameters<typeof known.scopeOf>[0]) ?? scopeBelow(known, node));
    if (scope) return scope;
  }
  return undefined;
}

const scopeBelow = (known: NonNullable<Cursor["known"]>, node: Node): Scope | undefined =>
  "body" in node || "members" in node
    ? known.scopeIn("body" in node ? (node.body as Node) : node)
    : undefined;

/** Declarations of other modules that begin as the word at the cursor does; choosing one imports it. */
function importable(
  cursor: Cursor,
  wanted: Wanted,
  seen: ReadonlySet<string>,
  isStrict: boolean,
): readonly Completion[] {
  const { prefix, unit, original, library, host } = cursor;
  if (prefix === "") return [];
  const start = prefix.toLowerCase();
  return exportsFor(library, unit, host).flatMap(({ item, from }): readonly Completion[] => {
    const name = item.name.name;
    if (seen.has(name) || !name.toLowerCase().startsWith(start)) return [];
    const target = declaredTarget({ item, unit });
    if ((isStrict || special.has(target.kind)) && !fits(wanted, target)) return [];
    const doc = item.doc === undefined ? {} : { doc: item.doc };
    const edits = importEdits(original.module, name, from);
    return [
      {
        label: name,
        kind: target.kind,
        detail: `from ${from}`,
        edits,
        rank: rank.elsewhere,
        ...doc,
      },
    ];
  });
}

/** The sizes visible at the cursor. */
export const sizesAt = (cursor: Cursor): readonly Completion[] =>
  namesAt(cursor, "size").filter(({ kind, label }) => {
    if (kind === "fn") return label === "ceil_div" || label === "min" || label === "max";
    return canBeSize({ kind: kind as TargetKind, name: label }) && sizeKinds.has(kind);
  });

const sizeKinds: ReadonlySet<string> = new Set(["dim", "static", "const", "field", "loop", "let"]);

/** The element types, written with an open shape. */
export const dtypeCompletions: readonly Completion[] = [...dtypeNames]
  .filter((name) => name !== "f64")
  .map((name) => ({
    label: name,
    kind: "dtype",
    detail: "a tensor of this element type",
    snippet: `${name}[$1]`,
    rank: rank.fitting,
  }));
