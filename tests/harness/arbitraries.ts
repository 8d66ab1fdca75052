// Random programs for property tests: trees of every syntactic class, as the parser would build them.
import fc from "fast-check";
import type {
  Expr,
  FnDecl,
  InitBlock,
  Item,
  Member,
  ModelLine,
  Module,
  Parameter,
  PropertyVariable,
  Selector,
  SelectorStep,
  Setting,
  TrainLine,
} from "../../grammar/index.js";
import {
  bare,
  block,
  callable,
  documented,
  expr,
  few,
  file,
  ident,
  iterable,
  label,
  name,
  nameExpr,
  optional,
  span,
  stringLiteral,
  tensor,
  type,
  upper,
  word,
} from "./arbitrary-expressions.js";

/** Any expression. */
export const expressions: fc.Arbitrary<Expr> = expr;

const parameter: fc.Arbitrary<Parameter> = fc
  .tuple(label, optional("annotation", type), optional("value", expr))
  .map(([target, annotation, value]) => ({ span, name: target, ...annotation, ...value }));

const steps: fc.Arbitrary<SelectorStep> = fc.oneof(
  word.map((written) => ({ kind: "name" as const, span, name: written })),
  fc.constant({ kind: "name" as const, span, name: "0" }),
  fc.constant({ kind: "one" as const, span }),
  fc.constant({ kind: "any" as const, span }),
  few(name, 1).map((names) => ({ kind: "alternatives" as const, span, names })),
);
const selector: fc.Arbitrary<Selector> = fc
  .tuple(few(steps, 1), optional("type", ident(upper)))
  .map(([path, of]) => ({ span, steps: startable(path), ...of }));

/** A path begins with a word, `*` or `**`: alternatives and indices stand behind a dot. */
function startable(path: SelectorStep[]): SelectorStep[] {
  const [first] = path;
  return first && (first.kind === "any" || first.kind === "one")
    ? path
    : [{ kind: "name", span, name: "h" }, ...path];
}

const setting: fc.Arbitrary<Setting> = fc.record({
  span: fc.constant(span),
  name: label,
  value: expr,
});
const init: fc.Arbitrary<InitBlock> = fc
  .tuple(documented, few(fc.record({ span: fc.constant(span), selector, value: expr })))
  .map(([about, rules]) => ({ ...about, kind: "init", rules }));
/** A brace behind `where` begins the body, so that a clause keeps its blocks in brackets. */
const clause = expr.map((inner): Expr =>
  JSON.stringify(inner).includes('"block"') ? { kind: "paren", span, inner } : inner,
);
const where = few(clause);
const fn: fc.Arbitrary<FnDecl> = fc
  .tuple(documented, name, few(parameter), optional("result", type), where, fc.oneof(expr, block))
  .map(([about, target, params, result, facts, body]) => ({
    ...about,
    kind: "fn",
    name: target,
    params,
    ...result,
    where: facts,
    body,
  }));

const member: fc.Arbitrary<Member> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("param" as const, "state" as const),
      documented,
      name,
      tensor,
      optional("init", expr),
      optional("condition", expr),
    )
    .map(([kind, about, target, of, first, condition]): Member => ({
      ...about,
      kind,
      name: target,
      type: of,
      ...first,
      ...condition,
    })),
  fc
    .tuple(documented, label, expr, optional("condition", expr))
    .map(([about, target, value, condition]): Member => ({
      ...about,
      kind: "field",
      name: target,
      value,
      ...condition,
    })),
  fn,
  init,
);
const modelLine: fc.Arbitrary<ModelLine> = fc.oneof(
  init,
  fc
    .tuple(documented, few(selector, 1), callable)
    .map(([about, selectors, by]): ModelLine => ({ ...about, kind: "adapt", selectors, by })),
  fc.tuple(documented, few(selector, 1), nameExpr).map(([about, selectors, format]): ModelLine => ({
    ...about,
    kind: "quantize",
    selectors,
    format,
  })),
  fc
    .tuple(documented, few(selector, 1))
    .map(([about, selectors]): ModelLine => ({ ...about, kind: "freeze", selectors })),
  fc
    .tuple(documented, name, expr)
    .map(([about, target, value]): ModelLine => ({ ...about, kind: "set", name: target, value })),
);
const trainLine: fc.Arbitrary<TrainLine> = fc.oneof(
  fc.tuple(documented, label, expr).map(([about, target, value]): TrainLine => ({
    ...about,
    kind: "setting",
    name: target,
    value,
  })),
  fc
    .tuple(documented, few(setting))
    .map(([about, settings]): TrainLine => ({ ...about, kind: "metrics", settings })),
  fc
    .tuple(documented, few(selector, 1), few(setting))
    .map(([about, selectors, settings]): TrainLine => ({
      ...about,
      kind: "group",
      selectors,
      settings,
    })),
  fc.tuple(name, expr).map(([target, value]): TrainLine => ({
    ...bare,
    kind: "let",
    names: [target],
    isTuple: false,
    value,
  })),
);
const variable: fc.Arbitrary<PropertyVariable> = fc
  .tuple(
    name,
    fc.oneof(
      iterable.map((values) => ({ kind: "in" as const, values })),
      type.map((of) => ({ kind: "is" as const, type: of })),
    ),
  )
  .map(([target, domain]) => ({ span, name: target, domain }));

const head = fc.record({ name, statics: few(parameter), where });
const members = few(member);

const item: fc.Arbitrary<Item> = fc.oneof(
  fc
    .tuple(documented, few(fc.tuple(name, optional("alias", name)), 1), stringLiteral)
    .map(([about, names, from]): Item => ({
      ...about,
      kind: "import",
      names: names.map(([n, alias]) => ({ name: n, ...alias })),
      from,
    })),
  fc
    .tuple(documented, name, expr)
    .map(([about, target, value]): Item => ({ ...about, kind: "const", name: target, value })),
  fn,
  fc
    .tuple(documented, fc.constantFrom("layer" as const, "model" as const), head, members)
    .map(([about, keyword, start, inside]): Item => ({
      ...about,
      kind: "layer",
      keyword,
      ...start,
      members: inside,
    })),
  fc.tuple(documented, name, name, few(modelLine)).map(([about, target, base, lines]): Item => ({
    ...about,
    kind: "derived-model",
    name: target,
    base,
    lines,
  })),
  fc
    .tuple(documented, head, name, few(name), members)
    .map(([about, start, layer, params, inside]): Item => ({
      ...about,
      kind: "adapter",
      ...start,
      on: { layer, params },
      members: inside,
    })),
  fc.tuple(documented, head, members).map(([about, start, inside]): Item => ({
    ...about,
    kind: "optimizer",
    ...start,
    members: inside,
  })),
  fc
    .tuple(documented, name, few(parameter), where, few(trainLine))
    .map(([about, target, params, facts, lines]): Item => ({
      ...about,
      kind: "train",
      name: target,
      params,
      where: facts,
      lines,
    })),
  fc
    .tuple(documented, stringLiteral, few(variable), where, block)
    .map(([about, title, variables, facts, body]): Item => ({
      ...about,
      kind: "property",
      title,
      variables,
      where: facts,
      body,
    })),
);

/** Whole files. */
export const programs: fc.Arbitrary<Module> = few(item, 1).map((items) => ({
  file,
  items,
  comments: [],
}));
