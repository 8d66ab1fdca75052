// What an editor shows about a place: the type, symbolic and by the defaults, what it costs, and the doc comment.
import type { Call, Expr, FnDecl, Node } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { openContext } from "../check/evaluator.js";
import { genericInstance } from "../check/generic.js";
import type { Context } from "../check/context.js";
import type { Instance, Meaning } from "../check/meaning.js";
import { primitiveExamples } from "../check/primitives/examples.js";
import { primitives } from "../check/primitives/index.js";
import type { Declared, Library } from "../resolve/modules.js";
import { constantOf, show, symsOf, type Dim } from "../types/dim.js";
import { evaluated, type Evaluated } from "./evaluated.js";
import { showBytes, showCount } from "./counts.js";
import { modelSize, parametersIn, workOfEntry, workOfFunction } from "./numbers.js";
import type { Target } from "./names/target.js";
import { expressionAt, meaningOfTarget, siteAt, type Place, type Site } from "./site.js";
import { isWithin, oneLine } from "./tree.js";
import {
  byDefault,
  fnHead,
  headOf,
  parameterWords,
  primitiveHead,
  settled,
  wordsOf,
} from "./words.js";

/** What is to be shown about a place. */
export interface Hover {
  readonly span: Span;
  /** A line of the language: `let h: f32[B, T, D]`. */
  readonly head: string;
  /** Further facts in plain words, one a line. */
  readonly facts: readonly string[];
  /** The doc comment, in Markdown. */
  readonly doc?: string;
}

/** What is known about the name or expression at a place. */
export function hoverAt(place: Place): Hover | undefined {
  const site = siteAt(place);
  if (!site) return undefined;
  const { occurrence } = site;
  if (!occurrence) return expressionHover(site);
  const { target, span } = occurrence;
  const used = usedMeaning(site);
  const meaning = used ?? meaningOfTarget(place.library, target);
  const home = used ? site.evaluated : homeOf(place.library, target);
  const about = aboutTarget(place.library, (home ?? site.evaluated).ctx, target, meaning);
  return { span, ...about, facts: [...callFacts(site), ...about.facts] };
}

const homeOf = (library: Library, { unit, item }: Target): Evaluated | undefined =>
  unit && item && evaluated(library, unit, item);

/** What the call gives whose callee stands at the place. */
function callFacts({ occurrence, evaluated: known, path }: Site): readonly string[] {
  if (!occurrence || occurrence.isDeclaration) return [];
  for (const node of path) {
    if (!isCallee(node, occurrence.span)) continue;
    const meaning = known.meaningOf(node);
    const words = meaning && wordsOf(meaning);
    const isWorth = meaning && ["tensor", "tuple", "instance"].includes(meaning.kind);
    if (isWorth !== true || words === undefined) continue;
    const facts = meaningFacts(known.ctx, meaning);
    return [`here \`${words}\``, ...facts];
  }
  return [];
}

/** Whether a node is a call, or a stage of a pipe, of what ends at a name. */
function isCallee(node: Node, { end }: Span): node is Call {
  if (!("kind" in node)) return false;
  if (node.kind === "call") return (node as Call).callee.span.end === end;
  return node.kind === "pipe" && "right" in node && (node.right as Node).span.end === end;
}

/** What the name means at this very place. */
function usedMeaning({ occurrence, evaluated: known, path }: Site): Meaning | undefined {
  if (!occurrence || occurrence.isDeclaration) return undefined;
  const node = path.findLast((n) => "kind" in n && (n.kind === "name" || n.kind === "member"));
  if (!node || !isWithin(occurrence.span, node.span)) return undefined;
  const isWhole = node.span.end === occurrence.span.end;
  return isWhole ? known.meaningOf(node as Expr) : undefined;
}

function expressionHover(site: Site): Hover | undefined {
  const found = expressionAt(site);
  const words = found && wordsOf(found.meaning);
  if (!found || words === undefined) return undefined;
  return {
    span: found.expr.span,
    head: words,
    facts: meaningFacts(site.evaluated.ctx, found.meaning),
  };
}

type About = Omit<Hover, "span">;

function aboutTarget(
  library: Library,
  ctx: Context,
  target: Target,
  meaning: Meaning | undefined,
): About {
  const doc =
    docOf(target) ?? (meaning?.kind === "instance" ? meaning.instance.decl.doc : undefined);
  const facts = [
    ...(meaning && !saysDefault(target) ? meaningFacts(ctx, meaning) : []),
    ...(target.kind === "dim" ? ["a free size: each call binds it"] : []),
    ...declarationFacts(library, target),
    ...defaultFacts(target, meaning),
  ];
  return { head: headFor(target, meaning), facts, ...(doc === undefined ? {} : { doc }) };
}

/** A static argument that is declared with its default. */
const saysDefault = ({ kind, node }: Target): boolean =>
  kind === "static" && node !== undefined && "value" in node;

const words: Partial<Record<Target["kind"], string>> = {
  let: "let ",
  var: "var ",
  loop: "for ",
  parameter: "param ",
  state: "state ",
  const: "const ",
  axis: "axis ",
  dim: "dim ",
};

/** The line of the language that says what a target is. */
function headFor(target: Target, meaning: Meaning | undefined): string {
  const { kind, name } = target;
  const declared = declaredHead(target);
  if (declared !== undefined) return declared;
  if (kind === "static") return staticHead(target, meaning);
  const type = meaning && wordsOf(meaning);
  const prefix = words[kind] ?? "";
  if (type === undefined || type === name) return `${prefix}${name}`;
  return `${prefix}${name}${meaning?.kind === "number" || kind === "const" ? " = " : ": "}${type}`;
}

/** The head of what has one: a function, or a whole declaration. */
function declaredHead({ kind, name, node, item }: Target): string | undefined {
  if (kind === "primitive") {
    const primitive = primitives.get(name);
    return primitive ? primitiveHead(primitive) : name;
  }
  if (kind === "method" || kind === "fn") return fnHead(node as FnDecl);
  const isWhole = node !== undefined && node === item && kind !== "const";
  return isWhole && item.kind !== "import" && item.kind !== "property" ? headOf(item) : undefined;
}

/** A static argument as it is declared, and what it is here where that is more. */
function staticHead({ name, node }: Target, meaning: Meaning | undefined): string {
  const written = node ? parameterWords(node as Parameters<typeof parameterWords>[0]) : name;
  const kind = /[:=]/.test(written) ? written : `${written}: dim`;
  const value = meaning && wordsOf(meaning);
  return value === undefined || value === name || meaning?.kind !== "number" || value === "float"
    ? kind
    : `${kind} (here ${value})`;
}

function docOf({ kind, name, node }: Target): string | undefined {
  if (kind !== "primitive") return node && "doc" in node ? node.doc : undefined;
  const primitive = primitives.get(name);
  const example = primitiveExamples.get(name);
  return (
    primitive &&
    `${primitive.doc}${example === undefined ? "" : `\n\n\`\`\`dl\n${example}\n\`\`\``}`
  );
}

/** What a value is by the defaults, and what a layer holds. */
function meaningFacts(ctx: Context, meaning: Meaning): readonly string[] {
  const concrete = byDefault(ctx, meaning);
  const instance = instanceIn(meaning);
  const held = instance ? parametersIn(ctx, instance) : undefined;
  return [
    ...(concrete === undefined ? [] : [`by default \`${concrete}\``]),
    ...(held ? [parameterFact(ctx, held, meaning.kind === "instance" ? "" : " each")] : []),
  ];
}

function instanceIn(meaning: Meaning): Instance | undefined {
  if (meaning.kind === "instance") return meaning.instance;
  if (meaning.kind === "list") return meaning.items.map(instanceIn).find((i) => i);
  return meaning.kind === "repeated" ? instanceIn(meaning.at(meaning.length)) : undefined;
}

function parameterFact(ctx: Context, count: Dim, suffix: string): string {
  const value = constantOf(settled(ctx, count));
  const formula = constantOf(count) === undefined ? `\`${show(count)}\`` : undefined;
  const number = value === undefined ? undefined : showCount(value);
  const both = formula && number ? `${formula} = ${number}` : (formula ?? number ?? "0");
  return `${both} parameters${suffix}`;
}

/** What a declaration holds and costs. */
function declarationFacts(library: Library, { item, unit, node }: Target): readonly string[] {
  if (!item || !unit || node !== item) return [];
  if (item.kind === "derived-model") return modelFacts(library, { item, unit });
  if (item.kind === "layer")
    return item.keyword === "model"
      ? modelFacts(library, { item, unit })
      : layerFacts(library, { item, unit });
  if (item.kind !== "fn") return [];
  const work = workOfFunction(library, unit, item);
  return work && isShown(work) ? [`\`${show(work)}\` FLOPs`] : [];
}

/** What a layer holds for all its arguments, or where that depends on flags, by their defaults. */
function layerFacts(library: Library, declared: Declared): readonly string[] {
  for (const statics of ["generic", "defaults"] as const) {
    const ctx = openContext(library, []);
    const instance = genericInstance(ctx, declared, declared.item.name.span, statics);
    const count = instance && parametersIn(ctx, instance);
    const suffix = statics === "generic" ? "" : " by default";
    if (count) return [parameterFact(ctx, count, suffix)];
  }
  return [];
}

/** Work that is some, and is said in sizes that have a name. */
const isShown = (work: Dim): boolean =>
  constantOf(work) !== 0 && [...symsOf(work)].every((s) => s.kind !== "pack");

function modelFacts(library: Library, declared: Declared): readonly string[] {
  const size = modelSize(library, declared);
  if (!size) return [];
  const held = `${showCount(size.parameters)} parameters by default (${showBytes(4 * size.parameters)})`;
  const states = size.states > 0 ? [`${showCount(size.states)} numbers of state`] : [];
  return [
    held,
    ...states,
    ...entriesOf(declared).flatMap((entry) => workFact(library, declared, entry)),
  ];
}

function entriesOf({ item }: Declared): readonly FnDecl[] {
  return item.kind === "layer" ? item.members.filter((m): m is FnDecl => m.kind === "fn") : [];
}

function workFact(library: Library, declared: Declared, entry: FnDecl): readonly string[] {
  const work = workOfEntry(library, declared, entry);
  return work && isShown(work) ? [`\`${entry.name.name}\`: \`${show(work)}\` FLOPs`] : [];
}

/** What a parameter is when nothing is given for it. */
function defaultFacts({ kind, node }: Target, meaning: Meaning | undefined): readonly string[] {
  if ((kind !== "parameter" && kind !== "state") || !node || !meaning) return [];
  const init = "init" in node ? (node.init as { readonly span: Span } | undefined) : undefined;
  return [`starts as \`${init ? oneLine(init.span) : "zeros"}\``];
}
