// The outline of a file: declarations and members with their kinds, and what can be folded.
import type { Item, Member, Module, Node } from "../../grammar/ast.js";
import { linesOf, positionOf, type Span } from "../../grammar/source.js";
import { visit } from "../../grammar/walk.js";
import { oneLine } from "./tree.js";
import { fnHead, headOf } from "./words.js";

/** What an entry of the outline is. */
export type OutlineKind =
  | "model"
  | "layer"
  | "adapter"
  | "optimizer"
  | "train"
  | "property"
  | "fn"
  | "const"
  | "parameter"
  | "state"
  | "field"
  | "init";

/** A declaration or member. */
export interface OutlineEntry {
  readonly name: string;
  readonly kind: OutlineKind;
  /** What is worth reading beside the name: the type of a parameter, the arguments of a function. */
  readonly detail: string;
  readonly span: Span;
  /** Where its name stands. */
  readonly nameSpan: Span;
  readonly children: readonly OutlineEntry[];
}

/** The declarations of a file, imports apart. */
export const outlineOf = (module: Module): readonly OutlineEntry[] =>
  module.items.flatMap((item) => entryOf(item) ?? []);

function entryOf(item: Item): OutlineEntry | undefined {
  if (item.kind === "import") return undefined;
  if (item.kind === "property") {
    const { title, span } = item;
    return {
      name: title.value,
      kind: "property",
      detail: "",
      span,
      nameSpan: title.span,
      children: [],
    };
  }
  const { name, span } = item;
  if (name.name === "") return undefined;
  const members = "members" in item ? item.members : [];
  return {
    name: name.name,
    kind:
      item.kind === "layer" ? item.keyword : item.kind === "derived-model" ? "model" : item.kind,
    detail: detailOf(item),
    span,
    nameSpan: name.span,
    children: members.flatMap(memberEntry),
  };
}

/** The head of a declaration without its keyword and name. */
const detailOf = (item: Exclude<Item, { readonly kind: "import" | "property" }>): string =>
  headOf(item).replace(/^\w+ /, "").slice(item.name.name.length).trim();

function memberEntry(member: Member): readonly OutlineEntry[] {
  const { span } = member;
  if (member.kind === "init") {
    const nameSpan = { ...span, end: Math.min(span.end, span.start + "init".length) };
    return [{ name: "init", kind: "init", detail: "", span, nameSpan, children: [] }];
  }
  const { name } = member;
  if (name.name === "") return [];
  const rest = { name: name.name, span, nameSpan: name.span, children: [] };
  if (member.kind === "fn")
    return [{ ...rest, kind: "fn", detail: fnHead(member).slice(`fn ${name.name}`.length) }];
  if (member.kind === "field")
    return [{ ...rest, kind: "field", detail: oneLine(member.value.span) }];
  const kind = member.kind === "param" ? "parameter" : "state";
  return [{ ...rest, kind, detail: oneLine(member.type.span) }];
}

/** Lines that can be folded away, counted from 1: the first of them stays. */
export interface Fold {
  readonly first: number;
  readonly last: number;
  readonly kind: "region" | "comment" | "imports";
}

/** What can be folded: whatever is in braces or takes several lines, runs of comments, and the imports. */
export function foldsOf(module: Module): readonly Fold[] {
  const folds: Fold[] = [];
  const { file } = module;
  const add = (span: Span, kind: Fold["kind"], keep = 0): void => {
    const [first, last] = [span.start, span.end].map((at) => positionOf(file, at).line);
    if (first !== undefined && last !== undefined && last - keep > first)
      folds.push({ first, last: last - keep, kind });
  };
  visit(module, (node) => {
    if ("span" in node && isFoldable(node))
      add(node.span, "region", endsInBrace(node.span) ? 1 : 0);
  });
  for (const run of commentRuns(module)) add(run, "comment");
  const imports = module.items.filter((item) => item.kind === "import");
  const [first, last] = [imports[0], imports.at(-1)];
  if (first && last) add({ file, start: first.span.start, end: last.span.end }, "imports");
  const seen = new Set<string>();
  return folds.filter(({ first: a, last: b }) => {
    const key = `${String(a)} ${String(b)}`;
    return seen.size < seen.add(key).size;
  });
}

const foldableKinds: ReadonlySet<string> = new Set([
  "layer",
  "derived-model",
  "adapter",
  "optimizer",
  "train",
  "property",
  "fn",
  "init",
  "metrics",
  "group",
  "block",
  "call",
  "list",
  "tuple",
]);

const isFoldable = (node: Node): boolean =>
  "kind" in node && typeof node.kind === "string" && foldableKinds.has(node.kind);

const endsInBrace = ({ file, end }: Span): boolean => /[})\]]/.test(file.text[end - 1] ?? "");

/** Comments on lines that follow one another. */
function commentRuns({ file, comments }: Module): readonly Span[] {
  const starts = linesOf(file);
  const runs: Span[] = [];
  let lastLine = -1;
  for (const { span } of comments) {
    const { line } = positionOf(file, span.start);
    const isAlone = file.text.slice(starts[line - 1], span.start).trim() === "";
    const before = runs.at(-1);
    if (isAlone && before && line === lastLine + 1)
      runs[runs.length - 1] = { ...before, end: span.end };
    else if (isAlone) runs.push(span);
    lastLine = isAlone ? line : -1;
  }
  return runs;
}
