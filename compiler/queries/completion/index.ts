// What may stand at the cursor, by what is around it.
import type { Call, Expr, Item, Node, Parameter } from "../../../grammar/ast.js";
import { attributeForms } from "../../check/attributes.js";
import { SETTINGS } from "../../check/training.js";
import { attributes, codes } from "../../diagnostics/index.js";
import type { Host, Library, Unit } from "../../resolve/modules.js";
import { exportsFor } from "../imports.js";
import { parametersOfMeaning } from "../names/callees.js";
import { headOf } from "../words.js";
import { declaredTarget } from "../names/target.js";
import { cursorAt, isMarked, type Cursor } from "./cursor.js";
import { expressionKeywords, kindWords, lineKeywords, type LinePlace } from "./keywords.js";
import { argumentCompletions, formatCompletions, membersOf, pathCompletions } from "./members.js";
import { dtypeCompletions, namesAt, sizesAt, type Wanted } from "./names.js";
import { rank, type Completion } from "./proposal.js";

export type { Completion } from "./proposal.js";

/** What is offered, and the part of the text that a choice replaces. */
export interface Completions {
  readonly start: number;
  readonly end: number;
  readonly items: readonly Completion[];
}

/** Everything that may stand at an offset. */
export function completionsAt(
  library: Library,
  unit: Unit,
  offset: number,
  host: Host,
): Completions {
  const { text } = unit.module.file;
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  if (isInComment(line)) return { start: offset, end: offset, items: [] };
  const module = /\bfrom\s+"([^"]*)$/.exec(line)?.[1];
  if (module !== undefined) return moduleCompletions(library, unit, offset, module, host);
  const code = /@allow\((?:[\w-]+\s*,\s*)*([\w-]*)$/.exec(line)?.[1];
  if (code !== undefined)
    return { start: offset - code.length, end: offset, items: codeCompletions };
  const cursor = cursorAt(library, unit, offset, host);
  return { start: cursor.start, end: cursor.end, items: itemsAt(cursor) };
}

/** Whether a comment or a string is open at the end of a line's beginning. */
function isInComment(line: string): boolean {
  const code = line.replace(/"[^"]*"/g, '""');
  return code.includes("//");
}

function itemsAt(cursor: Cursor): readonly Completion[] {
  if (/@$/.test(cursor.line)) return attributeCompletions;
  return bySelector(cursor) ?? byTree(cursor) ?? byLine(cursor) ?? values(cursor, "value");
}

// ------------------------------------------------------------- modules and words

function moduleCompletions(
  library: Library,
  unit: Unit,
  offset: number,
  written: string,
  host: Host,
): Completions {
  const own = exportsFor(library, unit, host);
  const names = [...new Set([...(host.modules?.() ?? []), ...own.map(({ from }) => from)])];
  const items = names
    .filter((name) => name !== unit.path)
    .map((label, i): Completion => ({ label, kind: "module", rank: rank.fitting + i / 1000 }));
  return { start: offset - written.length, end: offset, items };
}

const attributeCompletions: readonly Completion[] = attributeForms.map(({ name, form }) => ({
  label: name,
  kind: "attribute",
  detail: form,
  rank: rank.fitting,
}));

const codeCompletions: readonly Completion[] = Object.keys(codes)
  .filter((code) => attributes.isWarningCode(code))
  .map((code) => ({ label: code, kind: "code", rank: rank.fitting }));

// -------------------------------------------------------------------- selectors

/** What a selector may go on with: a path, or behind a colon a layer. */
function bySelector(cursor: Cursor): readonly Completion[] | undefined {
  const { line, path } = cursor;
  const inRules = path.some((n) => isKind(n, "init"));
  const isLine = /^\s*(adapt|quantize|freeze|group)\s(?!.*(\sby\s|\sas\s|\{[^}]*=))/.test(line);
  const isRule = inRules && !line.includes("=") && !/^\s*init\b/.test(line);
  if (!isLine && !isRule) return undefined;
  if (/\{[^},]*\s$/.test(line) && /^\s*group/.test(line) && !/\.\{[^}]*$/.test(line))
    return undefined;
  return /:\s*$/.test(line) ? namesAt(cursor, "layer") : pathCompletions(cursor);
}

// ------------------------------------------------------------------- by the tree

/** What the node at the cursor asks for; undefined where the text has to say. */
function byTree(cursor: Cursor): readonly Completion[] | undefined {
  const around = [...cursor.path].reverse();
  const [node] = around;
  const [name, parent] = node && isWritten(node) ? [node, around[1]] : [undefined, node];
  if (isKind(parent, "import")) return importedNames(cursor, parent as Item & { kind: "import" });
  const member = [name, parent].find((n) => isKind(n, "member")) as Member | undefined;
  if (member && isMarked(member.name.name)) return membersOf(cursor, member.object);
  if (around.slice(0, 2).some((n) => isKind(n, "layer-type"))) return typeNames(cursor);
  if (isSize(around)) return sizesAt(cursor);
  const head = byHead(cursor, parent);
  if (head) return head;
  return isKind(name, "name") ? expression(cursor, around.slice(1)) : undefined;
}

type Member = Expr & { readonly kind: "member" };

/** What a derived model derives from, and what an adapter stands on. */
function byHead(cursor: Cursor, parent: Node | undefined): readonly Completion[] | undefined {
  const { line } = cursor;
  if (isKind(parent, "derived-model") && /=\s*$/.test(line)) return namesAt(cursor, "model");
  return isKind(parent, "adapter") && /\bon\s+$/.test(line) ? namesAt(cursor, "layer") : undefined;
}

const isKind = (node: Node | undefined, kind: string): boolean =>
  node !== undefined && "kind" in node && node.kind === kind;

/** A written name, or an expression that is one. */
const isWritten = (node: Node): boolean => "name" in node && typeof node.name === "string";

/** Whether the cursor stands where a size does: directly in a tensor type, or in the arithmetic of one of its axes. */
function isSize(around: readonly Node[]): boolean {
  for (const node of around) {
    if (isKind(node, "tensor-type")) return true;
    if (!("kind" in node) || !sizeParts.has(String(node.kind))) return false;
  }
  return false;
}

const sizeParts: ReadonlySet<string> = new Set(["name", "binary", "unary", "paren", "pack"]);

function importedNames(
  { unit, library, host }: Cursor,
  item: Item & { kind: "import" },
): readonly Completion[] {
  const taken = new Set(item.names.map(({ name }) => name.name));
  return exportsFor(library, unit, host)
    .filter(({ item: other, from }) => from === item.from.value && !taken.has(other.name.name))
    .map(({ item: other }) => ({
      label: other.name.name,
      kind: declaredTarget({ item: other, unit }).kind,
      detail: headOf(other),
      rank: rank.fitting,
      ...(other.doc === undefined ? {} : { doc: other.doc }),
    }));
}

const typeNames = (cursor: Cursor): readonly Completion[] => [
  ...dtypeCompletions,
  {
    label: "[…]",
    kind: "dtype",
    detail: "a float tensor",
    snippet: "[$1]",
    insert: "[",
    rank: rank.argument,
  },
  ...kindWords,
  ...namesAt(cursor, "layer"),
];

/** What an expression at the cursor may be, by what holds it. */
function expression(cursor: Cursor, around: readonly Node[]): readonly Completion[] | undefined {
  const [parent, call] = around;
  if (parent && isArgument(parent) && isKind(call, "call")) {
    const offered = "name" in parent ? [] : argumentCompletions(cursor, call as Call);
    if (around.some((n) => isKind(n, "quantize"))) return offered;
    return [...offered, ...values(cursor, wantedBy(cursor, call as Call, parent))];
  }
  const wanted = parent && wantedIn(parent, cursor.line);
  if (wanted === "format") return formatCompletions;
  if (wanted !== undefined)
    return strict.has(wanted) ? namesAt(cursor, wanted) : values(cursor, wanted);
  return /^\s*$/.test(cursor.line) ? undefined : values(cursor, "value");
}

/** Where nothing but a name of the kind can stand. */
const strict: ReadonlySet<Wanted> = new Set<Wanted>(["adapter", "optimizer"]);

/** What the node around an expression asks for. */
function wantedIn(parent: Node, line: string): Wanted | "format" | undefined {
  if (!("kind" in parent)) return "selector" in parent ? "initialiser" : undefined;
  if (parent.kind === "setting") return /\boptimizer\s*=\s*$/.test(line) ? "optimizer" : undefined;
  return wantedByKind.get(String(parent.kind));
}

const wantedByKind: ReadonlyMap<string, Wanted | "format"> = new Map<string, Wanted | "format">([
  ["adapt", "adapter"],
  ["quantize", "format"],
  ["field", "layer"],
  ["param", "initialiser"],
  ["state", "initialiser"],
  ["pipe", "stage"],
]);

/** An argument has a value and no kind. */
const isArgument = (node: Node): boolean => "value" in node && !("kind" in node);

/** What the parameter at the cursor takes. */
function wantedBy({ library, known }: Cursor, call: Call, arg: Node): Wanted {
  const meaning = known?.meaningOf(call.callee);
  const params = (meaning && parametersOfMeaning(library, meaning)?.params) ?? [];
  const index = call.args.findIndex((a) => a === arg);
  const name = call.args[index]?.name?.name;
  const param: Parameter | undefined =
    name === undefined ? params[index] : params.find((p) => p.name.name === name);
  if (!param) return "value";
  if (!param.annotation) return "size";
  if (param.annotation.kind !== "kind") return "value";
  const wanted: Partial<Record<string, Wanted>> = {
    dim: "size",
    layer: "layer",
    bool: "condition",
  };
  return wanted[param.annotation.name] ?? "value";
}

function values(cursor: Cursor, wanted: Wanted): readonly Completion[] {
  return [...namesAt(cursor, wanted, false), ...expressionKeywords];
}

// ------------------------------------------------------------------- by the line

/** What may begin a line, by the braces around it. */
function byLine(cursor: Cursor): readonly Completion[] | undefined {
  if (!/^\s*$/.test(cursor.line) && !/[{;]\s*$/.test(cursor.line)) return undefined;
  const kind = [...cursor.path]
    .reverse()
    .map(kindOf)
    .find((k) => linePlaces.has(k));
  if (kind === undefined) return lineKeywords("top");
  return kind === "group" ? groupNames(cursor) : wordsIn(cursor, linePlaces.get(kind));
}

const kindOf = (node: Node): string => ("kind" in node ? String(node.kind) : "");

function wordsIn(cursor: Cursor, place: LinePlace | undefined): readonly Completion[] {
  if (place === undefined) return [];
  if (place === "train") return [...settingNames, ...lineKeywords(place)];
  if (place !== "block") return lineKeywords(place);
  const law = cursor.item?.kind === "property" ? lineKeywords("property") : [];
  return [...lineKeywords(place), ...law, ...values(cursor, "value")];
}

const linePlaces: ReadonlyMap<string, LinePlace | undefined> = new Map<
  string,
  LinePlace | undefined
>([
  ["layer", "layer"],
  ["adapter", "layer"],
  ["optimizer", "optimizer"],
  ["block", "block"],
  ["fn", "block"],
  ["derived-model", "derived"],
  ["train", "train"],
  ["property", "block"],
  ["group", undefined],
  ["metrics", undefined],
]);

const settingNames: readonly Completion[] = SETTINGS.map((label) => ({
  label,
  kind: "setting",
  insert: `${label} = `,
  rank: rank.fitting,
}));

/** The arguments of the optimizer, which a group may change. */
function groupNames({ item, known, library }: Cursor): readonly Completion[] {
  if (item?.kind !== "train") return [];
  const line = item.lines.find((l) => l.kind === "setting" && l.name.name === "optimizer");
  const value = line?.kind === "setting" ? line.value : undefined;
  const callee = value?.kind === "call" ? value.callee : value;
  const meaning = callee && known?.meaningOf(callee);
  const params = (meaning && parametersOfMeaning(library, meaning)?.params) ?? [];
  return params.map(({ name }) => ({
    label: name.name,
    kind: "static",
    insert: `${name.name} = `,
    rank: rank.fitting,
  }));
}
