// Random expressions, types and statements, as the parser would build them.
import fc from "fast-check";
import type {
  Arg,
  Attribute,
  BinaryOperator,
  Block,
  DimItem,
  Expr,
  Ident,
  IndexItem,
  Pattern,
  PatternAxis,
  Statement,
  StringLiteral,
  TensorTypeExpr,
  TypeExpr,
} from "../../grammar/index.js";
import type { SourceFile, Span } from "../../grammar/source.js";

export const file: SourceFile = { path: "random.dl", text: "" };
export const span: Span = { file, start: 0, end: 0 };

const lower = fc.constantFrom("x", "h", "mlp", "ln_1", "norm", "q", "in2");
/** Words that are keywords elsewhere. */
const contextual = fc.constantFrom(
  "state",
  "init",
  "group",
  "by",
  "set",
  "on",
  "like",
  "param",
  "train",
  "with",
  "from",
);
export const upper = fc.constantFrom("B", "T", "D", "Linear", "Block", "H");
export const word = fc.oneof(lower, upper);

export const ident = (words: fc.Arbitrary<string>): fc.Arbitrary<Ident> =>
  words.map((name) => ({ span, name }));
export const name = ident(word);
/** Where what stands around a word shows that it is a name. */
export const label = ident(fc.oneof(word, contextual));
const text = fc.constantFrom("std/nn", "./blocks", "a law of the world");
export const stringLiteral: fc.Arbitrary<StringLiteral> = text.map((value) => ({ span, value }));

export const optional = <T, K extends string>(
  key: K,
  value: fc.Arbitrary<T>,
): fc.Arbitrary<{ readonly [P in K]?: T }> =>
  fc
    .option(value, { nil: undefined })
    .map((v) => (v === undefined ? {} : { [key]: v }) as { readonly [P in K]?: T });

export const few = <T>(item: fc.Arbitrary<T>, minLength = 0): fc.Arbitrary<T[]> =>
  fc.array(item, { minLength, maxLength: 3 });

export const attribute: fc.Arbitrary<Attribute> = fc.record({
  span: fc.constant(span),
  name: ident(fc.constantFrom("allow", "onnx")),
  args: few(
    fc.constantFrom(
      { span, kind: "word" as const, text: "unused-parameter" },
      { span, kind: "string" as const, text: "Softmax" },
      { span, kind: "number" as const, text: "3" },
    ),
  ),
});

export const documented = fc.record({
  span: fc.constant(span),
  attributes: fc.array(attribute, { maxLength: 1 }),
});

export const bare = { span, attributes: [] as const };

const operators: readonly BinaryOperator[] = ["+", "-", "*", "/", "%", "**", "@", "and", "or"];
const comparisons: readonly BinaryOperator[] = ["==", "!=", "<", "<=", ">", ">="];

const numberExpr: fc.Arbitrary<Expr> = fc
  .constantFrom("0", "12", "1_000", "0.02", "6e-4")
  .map((written) => ({
    kind: "number",
    span,
    value: Number(written.replaceAll("_", "")),
    isInteger: !/[.e]/.test(written),
    text: written,
  }));
export const nameExpr: fc.Arbitrary<Expr> = word.map((written) => ({
  kind: "name",
  span,
  name: written,
}));

const axis: fc.Arbitrary<PatternAxis> = fc.oneof(
  word.map((written) => ({ kind: "axis" as const, span, name: written })),
  fc.constant({ kind: "unit" as const, span, size: 1 }),
  fc.constant({ kind: "rest" as const, span }),
  few(word).map((axes) => ({
    kind: "group" as const,
    span,
    axes: axes.map((a) => ({ kind: "axis" as const, span, name: a })),
  })),
);
const pattern: fc.Arbitrary<Pattern> = fc.record({
  kind: fc.constant("pattern" as const),
  span: fc.constant(span),
  inputs: fc.array(few(axis), { minLength: 1, maxLength: 2 }),
  output: few(axis),
});

const tied = fc.letrec(
  (tie: fc.LetrecTypedTie<Tied>): { [K in keyof Tied]: fc.Arbitrary<Tied[K]> } => {
    const expr = tie("expr");
    const comparable = tie("comparable");
    const arg: fc.Arbitrary<Arg> = fc
      .tuple(optional("name", label), expr)
      .map(([named, value]) => ({ span, ...named, value }));
    const dim: fc.Arbitrary<DimItem> = fc.oneof(
      { weight: 4, arbitrary: expr },
      {
        weight: 1,
        arbitrary: optional("name", name).map((named) => ({
          kind: "pack" as const,
          span,
          ...named,
        })),
      },
    );
    const indexItem: fc.Arbitrary<IndexItem> = fc.oneof(
      expr.map((value) => ({ kind: "at" as const, span, value })),
      fc
        .tuple(optional("start", expr), optional("stop", expr), optional("step", expr))
        .map((parts) => Object.assign({ kind: "slice" as const, span }, ...parts) as IndexItem),
      fc.constant({ kind: "rest" as const, span }),
    );
    const tensor: fc.Arbitrary<TensorTypeExpr> = fc
      .tuple(optional("dtype", ident(fc.constantFrom("f16", "i32", "bool"))), few(dim))
      .map(([dtype, dims]) => ({ kind: "tensor-type", span, ...dtype, dims }));
    const block: fc.Arbitrary<Block> = fc
      .tuple(few(tie("statement")), optional("value", expr))
      .map(([statements, value]) => closeBlock(statements, value.value));
    const iterable = fc.oneof(
      expr,
      fc.tuple(expr, expr).map(([start, end]): Expr => ({ kind: "range", span, start, end })),
    );
    return {
      leaf: fc.oneof(
        numberExpr,
        nameExpr,
        fc.boolean().map((value): Expr => ({ kind: "bool", span, value })),
      ),
      comparable: fc.oneof({ maxDepth: 3, depthIdentifier: "expr" }, tie("leaf"), tie("operation")),
      expr: fc.oneof(
        { maxDepth: 3, depthIdentifier: "expr", withCrossShrink: true },
        { weight: 3, arbitrary: tie("leaf") },
        { weight: 3, arbitrary: tie("operation") },
        { weight: 2, arbitrary: tie("postfix") },
        { weight: 1, arbitrary: tie("bracketed") },
        { weight: 1, arbitrary: tie("branching") },
      ),
      operation: fc.oneof(
        fc
          .tuple(fc.constantFrom(...operators), expr, expr)
          .map(([operator, left, right]) => binary(operator, left, right)),
        fc
          .tuple(fc.constantFrom(...comparisons), comparable, comparable)
          .map(([operator, left, right]) => binary(operator, left, right)),
        fc
          .tuple(fc.constantFrom("-" as const, "not" as const), expr)
          .map(([operator, operand]): Expr => ({ kind: "unary", span, operator, operand })),
        fc
          .tuple(expr, tie("callable"))
          .map(([left, right]): Expr => ({ kind: "pipe", span, left, right })),
      ),
      callable: fc.oneof(
        { maxDepth: 2 },
        nameExpr,
        fc
          .tuple(nameExpr, few(arg))
          .map(([callee, args]): Expr => ({ kind: "call", span, callee, args })),
      ),
      postfix: fc.oneof(
        fc
          .tuple(expr, label)
          .map(([object, member]): Expr => ({ kind: "member", span, object, name: member })),
        fc
          .tuple(expr, few(arg))
          .map(([callee, args]): Expr => ({ kind: "call", span, callee, args })),
        fc
          .tuple(expr, few(indexItem, 1))
          .map(([object, items]): Expr => ({ kind: "index", span, object, items })),
      ),
      bracketed: fc.oneof(
        few(expr).map((items): Expr => ({ kind: "tuple", span, items })),
        few(expr).map((items): Expr => ({ kind: "list", span, items })),
        fc.tuple(expr, name, iterable).map(([body, variable, over]): Expr => ({
          kind: "comprehension",
          span,
          body,
          variable,
          iterable: over,
        })),
        pattern,
        tensor.map((type): Expr => asTypeExpr(type)),
      ),
      branching: fc.oneof(
        fc.tuple(expr, block, block).map(([condition, then, otherwise]): Expr => ({
          kind: "if",
          span,
          condition,
          then,
          otherwise,
        })),
        fc
          .tuple(few(name, 1), expr)
          .map(([params, body]): Expr => ({ kind: "lambda", span, params, body })),
        block,
      ),
      block,
      iterable,
      tensor,
      type: fc.oneof(
        { maxDepth: 2 },
        tensor,
        fc
          .constantFrom("dim", "float", "bool", "dtype", "fn", "layer")
          .map((kind): TypeExpr => ({ kind: "kind", span, name: kind as "dim" })),
        name.map((of): TypeExpr => ({ kind: "like", span, of })),
        fc
          .tuple(name, optional("args", few(arg)))
          .map(([of, args]): TypeExpr => ({ kind: "layer-type", span, name: of, ...args })),
        few(fc.tuple(optional("name", name), tensor)).map((fields): TypeExpr => ({
          kind: "tuple-type",
          span,
          fields: fields.map(([named, type]) => ({ ...named, type })),
        })),
      ),
      statement: fc.oneof(
        { maxDepth: 2, depthIdentifier: "expr" },
        fc
          .tuple(
            fc.constantFrom("let" as const, "var" as const),
            name,
            optional("annotation", tie("type")),
            expr,
          )
          .map(([kind, target, annotation, value]): Statement => ({
            ...bare,
            kind,
            names: [target],
            isTuple: false,
            ...annotation,
            value,
          })),
        fc.tuple(few(name, 1), expr).map(([names, value]): Statement => ({
          ...bare,
          kind: "let",
          names,
          isTuple: true,
          value,
        })),
        fc
          .tuple(name, expr)
          .map(([target, value]): Statement => ({ ...bare, kind: "assign", name: target, value })),
        fc
          .tuple(nameExpr, expr)
          .map(([target, value]): Statement => ({ ...bare, kind: "write", target, value })),
        fc.tuple(name, iterable, block).map(([variable, over, body]): Statement => ({
          ...bare,
          kind: "for",
          variable,
          iterable: over,
          body,
        })),
        expr.map((condition): Statement => ({ ...bare, kind: "assert", condition })),
        expr.map((value): Statement => ({ ...bare, kind: "expression", value })),
        fc.tuple(expr, block).map(([condition, then]): Statement => ({
          ...bare,
          kind: "expression",
          value: { kind: "if", span, condition, then },
        })),
      ),
    };
  },
);

interface Tied {
  leaf: Expr;
  comparable: Expr;
  expr: Expr;
  operation: Expr;
  callable: Expr;
  postfix: Expr;
  bracketed: Expr;
  branching: Expr;
  block: Block;
  iterable: Expr;
  tensor: TensorTypeExpr;
  type: TypeExpr;
  statement: Statement;
}

const binary = (operator: BinaryOperator, left: Expr, right: Expr): Expr => ({
  kind: "binary",
  span,
  operator,
  operatorSpan: span,
  left,
  right,
});

/** In a value, `[B, T]` without a pack or a dtype is a list. */
function asTypeExpr(type: TensorTypeExpr): Expr {
  const items = type.dims.filter((dim): dim is Expr => dim.kind !== "pack");
  if (!type.dtype && items.length === type.dims.length) return { kind: "list", span, items };
  return { kind: "type", span, type };
}

/** A last expression statement is the value of its block. */
function closeBlock(statements: readonly Statement[], value: Expr | undefined): Block {
  if (value) return { kind: "block", span, statements, value };
  const last = statements.at(-1);
  if (last?.kind !== "expression" || (last.value.kind === "if" && !last.value.otherwise)) {
    return { kind: "block", span, statements };
  }
  return { kind: "block", span, statements: statements.slice(0, -1), value: last.value };
}

/** The classes of syntax that hold each other. */
export const { expr, type, block, iterable, tensor, callable } = tied;
