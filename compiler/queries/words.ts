// What something means, in a line for editors: types with their sizes, layers with their arguments, heads of functions.
import type { FnDecl, Item, Parameter } from "../../grammar/ast.js";
import type { Context } from "../check/context.js";
import { floatOf, type Callable, type Instance, type Meaning } from "../check/meaning.js";
import { someIndex } from "../check/numbers.js";
import { primitives } from "../check/primitives/index.js";
import type { Primitive } from "../check/primitive.js";
import { constantOf, show, substitute, symsOf, type Dim } from "../types/dim.js";
import { showType, type TensorType } from "../types/tensor.js";
import { joined, oneLine } from "./tree.js";

/** A meaning as its type: `f32[B, T, D]`, `Linear(D, 4 * D)`, `L x Block(D, H)`. Undefined for what nobody knows. */
export function wordsOf(meaning: Meaning): string | undefined {
  switch (meaning.kind) {
    case "tensor":
      return showType(meaning.value.type);
    case "number":
      return numberWords(meaning);
    case "bool":
      return meaning.value === undefined ? "bool" : String(meaning.value);
    case "dtype":
      return meaning.dtype;
    case "tuple":
      return `(${namedItems(meaning.items, meaning.names)})`;
    case "list":
      return listWords(meaning.items);
    case "repeated":
      return `${factor(meaning.length)} x ${wordsOf(meaning.at(someIndex("i", meaning.length))) ?? "?"}`;
    case "range":
      return `${show(meaning.start)}..${show(meaning.end)}`;
    case "pack":
      return meaning.dims.map(show).join(", ");
    case "type":
      return showType(meaning);
    case "instance":
      return instanceWords(meaning.instance);
    case "callable":
      return callableWords(meaning.callable);
    case "choice":
      return choiceWords(meaning.options);
    case "pattern":
    case "string":
    case "unknown":
      return undefined;
  }
}

const factor = (d: Dim): string => (d.terms.length > 1 ? `(${show(d)})` : show(d));

function numberWords(meaning: Meaning & { readonly kind: "number" }): string {
  if (meaning.dim) return show(meaning.dim);
  const value = floatOf(meaning);
  return value === undefined ? "float" : String(value);
}

function namedItems(items: readonly Meaning[], names: readonly string[] = []): string {
  return items
    .map((item, i) => `${names[i] ? `${names[i]}: ` : ""}${wordsOf(item) ?? "?"}`)
    .join(", ");
}

/** Equal elements are counted, others written out while they are few. */
function listWords(items: readonly Meaning[]): string {
  const words = items.map((item) => wordsOf(item) ?? "?");
  const [first] = words;
  if (first !== undefined && words.length > 1 && words.every((w) => w === first))
    return `${String(words.length)} x ${first}`;
  return words.length > 6
    ? `[${words.slice(0, 5).join(", ")}, … ${String(words.length)} in all]`
    : `[${words.join(", ")}]`;
}

function choiceWords(options: readonly Meaning[]): string {
  const words = [...new Set(options.map((o) => wordsOf(o) ?? "?"))];
  return words.join(" or ");
}

/** `Linear(D, 4 * D)`: a layer with what its static arguments are; the default ones at the end are left out. */
export function instanceWords(instance: Instance): string {
  const { decl } = instance;
  const statics = instance.scope.parent;
  const args = decl.statics.map((param) => ({
    name: param.name.name,
    hasDefault: param.value !== undefined,
    isDefault: statics?.givenFor(param.name.name)?.isDefault ?? false,
    words: valueWords(statics?.lookup(param.name.name)?.meaning),
  }));
  const shown = args.filter(({ hasDefault, isDefault }) => !(hasDefault && isDefault));
  const texts = shown.map(({ name, words, hasDefault }) =>
    hasDefault ? `${name} = ${words}` : words,
  );
  return `${decl.name.name}${args.length > 0 ? `(${texts.join(", ")})` : ""}`;
}

function valueWords(meaning: Meaning | undefined): string {
  if (meaning?.kind === "callable") return callableName(meaning.callable);
  return (meaning && wordsOf(meaning)) ?? "_";
}

function callableName(callable: Callable): string {
  switch (callable.kind) {
    case "primitive":
    case "opaque":
      return callable.name;
    case "lambda":
      return oneLine(callable.body.span);
    case "partial":
      return callableName(callable.callable);
    case "constant":
      return numberWords(callable.number);
    default:
      return callable.decl.name.name;
  }
}

function callableWords(callable: Callable): string {
  switch (callable.kind) {
    case "fn":
      return fnHead(callable.decl);
    case "layer":
    case "derived":
    case "adapter":
    case "optimizer":
      return headOf(callable.decl);
    case "primitive": {
      const primitive = primitives.get(callable.name);
      return primitive ? primitiveHead(primitive) : callable.name;
    }
    default:
      return callableName(callable);
  }
}

// ----------------------------------------------------------------------- heads

/** `D`, `F = 4 * D`, `x: [B, D]`, as it is written. */
export const parameterWords = ({ span }: Parameter): string => oneLine(span);

/** `fn name(params) -> result where …`, as it is written, on one line. */
export function fnHead({ name, body }: FnDecl): string {
  const head = joined(name.span.file.text.slice(name.span.start, body.span.start));
  return `fn ${head.replace(/\s*=$/, "")}`;
}

/** The head of a declaration without its body, on one line. */
export function headOf(item: Exclude<Item, { readonly kind: "import" | "property" }>): string {
  if (item.kind === "fn") return fnHead(item);
  if (item.kind === "const")
    return `const ${oneLine(item.name.span)} = ${oneLine(item.value.span)}`;
  if (item.kind === "derived-model")
    return `model ${item.name.name} = ${item.base.name} with { … }`;
  const keyword = item.kind === "layer" ? item.keyword : item.kind;
  const params = item.kind === "train" ? item.params : item.statics;
  const list = params.length > 0 ? `(${params.map(parameterWords).join(", ")})` : "";
  const on =
    item.kind === "adapter"
      ? ` on ${item.on.layer.name}(${item.on.params.map((p) => p.name).join(", ")})`
      : "";
  const where = item.where.map(({ span }) => oneLine(span)).join(", ");
  return `${keyword} ${item.name.name}${list}${on}${where === "" ? "" : ` where ${where}`}`;
}

/** The parameters of a function that the compiler knows itself, as they are written in its documentation. */
export const primitiveParameters = ({ params }: Primitive): readonly string[] =>
  params.map((p) => (p.endsWith("?") ? `${p.slice(0, -1)} = …` : p));

export const primitiveHead = (primitive: Primitive): string =>
  `fn ${primitive.name}(${primitiveParameters(primitive).join(", ")})`;

// -------------------------------------------------------------------- concrete

/** A type with the defaults of static arguments in the place of their names; undefined where that changes nothing. */
export function byDefault(ctx: Context, meaning: Meaning): string | undefined {
  if (meaning.kind === "tensor") {
    const { type } = meaning.value;
    const known: TensorType = { dtype: type.dtype, shape: type.shape.map((d) => settled(ctx, d)) };
    const text = showType(known);
    return text === showType(type) ? undefined : text;
  }
  if (meaning.kind === "number" && meaning.dim) {
    const text = show(settled(ctx, meaning.dim));
    return text === show(meaning.dim) ? undefined : text;
  }
  return undefined;
}

/** A size with the defaults of static arguments in it. */
export function settled(ctx: Context, d: Dim): Dim {
  let size = d;
  // A default may use earlier arguments, whose defaults were put in when it was noted.
  for (let round = 0; round < 4 && constantOf(size) === undefined; round++) {
    if (![...symsOf(size)].some((s) => ctx.defaults.has(s) || ctx.buildTime.get(s))) break;
    size = substitute(size, (s) => ctx.defaults.get(s) ?? ctx.buildTime.get(s));
  }
  return size;
}
