// Evaluates blocks, statements, conditions and loops.
import type { Block, If, LetStatement, Statement } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names } from "../diagnostics/index.js";
import type { Context } from "./context.js";
import { evaluateLoop, forget } from "./loops.js";
import { mergeMeanings, type Condition } from "./merge.js";
import { conform } from "./results.js";
import { NONE, UNKNOWN, describe, settle, type Meaning, Scope, type Bound } from "./meaning.js";
import { factsOf, oppositeFactsOf } from "./conditions.js";
import { evaluateType } from "./types.js";
import { stateOf, writeState } from "./writes.js";

/** The value of a block; a block that ends in a statement has none. `scope` becomes the block's own. */
export function evaluateBlock(ctx: Context, scope: Scope, block: Block): Meaning {
  for (const statement of block.statements) execute(ctx, scope, statement);
  return block.value ? ctx.evaluate(scope, block.value) : NONE;
}

export function execute(ctx: Context, scope: Scope, statement: Statement): void {
  switch (statement.kind) {
    case "let":
    case "var":
      bind(ctx, scope, statement);
      return;
    case "assign":
      assign(ctx, scope, statement);
      return;
    case "write":
      writeState(ctx, scope, statement.target, statement.value);
      return;
    case "for":
      evaluateLoop(ctx, scope, statement, (inner) => {
        evaluateBlock(ctx, inner, statement.body);
      });
      return;
    case "assert": {
      const meaning = ctx.evaluate(scope, statement.condition);
      ctx.asserted?.assert(meaning, statement.span);
      if (["bool", "unknown"].includes(meaning.kind)) return;
      if (meaning.kind === "tensor" && meaning.value.type.dtype === "bool") return;
      ctx.report(
        names.wrongKind({
          at: statement.condition.span,
          expected: "a condition",
          found: describe(meaning),
        }),
      );
      return;
    }
    case "expression":
      ctx.evaluate(scope, statement.value);
  }
}

function bind(ctx: Context, scope: Scope, statement: LetStatement): void {
  const value = settle(ctx.evaluate(scope, statement.value));
  const isVariable = statement.kind === "var";
  if (!statement.isTuple) {
    const [name] = statement.names;
    if (name) scope.bind(name.name, annotated(ctx, scope, statement, value), name.span, isVariable);
    return;
  }
  const items = value.kind === "tuple" || value.kind === "list" ? value.items : undefined;
  if (value.kind !== "unknown" && items?.length !== statement.names.length) {
    const found = items ? `${String(items.length)} values` : describe(value);
    const waiting = statement.names.map((name) => name.name);
    ctx.report(names.valueCount({ at: statement.value.span, found, waiting }));
  }
  statement.names.forEach((name, i) =>
    scope.bind(name.name, settle(items?.[i] ?? UNKNOWN), name.span, isVariable),
  );
}

function annotated(ctx: Context, scope: Scope, statement: LetStatement, value: Meaning): Meaning {
  if (!statement.annotation || value.kind === "unknown") return value;
  const type = evaluateType(
    ctx,
    { scope: new Scope(scope), free: new Set(), isOpen: false },
    statement.annotation,
  );
  return type
    ? conform(ctx, value, type, statement.value.span, statement.annotation.span)
    : UNKNOWN;
}

function assign(ctx: Context, scope: Scope, statement: Statement & { kind: "assign" }): void {
  const value = ctx.evaluate(scope, statement.value);
  const bound = scope.lookup(statement.name.name);
  if (!bound) {
    const { name, span } = statement.name;
    ctx.report(names.unknownVariable({ name, at: span }));
    scope.bind(name, UNKNOWN, span, true);
  } else if (!bound.isVariable && stateOf(scope, statement.name.name)) {
    const { name, span } = statement.name;
    ctx.report(
      names.assignToState({ name, at: span, equals: between(span, statement.value.span) }),
    );
  } else if (!bound.isVariable) {
    ctx.report(
      names.assignToLet({
        name: statement.name.name,
        at: statement.name.span,
        ...(bound.span ? { declared: bound.span } : {}),
      }),
    );
  } else bound.meaning = settle(value);
}

/** The sign between a name and what is assigned to it. */
function between({ file, end }: Span, { start }: Span): Span {
  const at = file.text.indexOf("=", end);
  return at < 0 || at >= start ? { file, start: end, end: end } : { file, start: at, end: at + 1 };
}

// ------------------------------------------------------------------ conditions

export function evaluateIf(ctx: Context, scope: Scope, node: If): Meaning {
  const condition = ctx.evaluate(scope, node.condition);
  if (condition.kind !== "bool") forget(scope, node);
  if (condition.kind === "unknown") return UNKNOWN;
  if (condition.kind !== "bool") {
    const expected = "a static condition";
    return ctx.report(
      names.wrongKind({ at: node.condition.span, expected, found: describe(condition) }),
    );
  }
  if (condition.value === true) return evaluateBlock(ctx, new Scope(scope), node.then);
  if (condition.value === false) return otherwise(ctx, scope, node);
  if (ctx.concrete) {
    // Sizes that only a call knows cannot choose what is computed.
    const expected = "a condition that is known when the program is built";
    const found = "one on sizes that only a call knows";
    return ctx.report(names.wrongKind({ at: node.condition.span, expected, found }));
  }
  const facts = factsOf(ctx, scope, node.condition);
  const then = branch(scope, () =>
    ctx.assuming(facts, () => evaluateBlock(ctx, new Scope(scope), node.then)),
  );
  const opposite = oppositeFactsOf(ctx, scope, node.condition);
  const rest = branch(scope, () => ctx.assuming(opposite, () => otherwise(ctx, scope, node)));
  const by = { condition: node.condition, scope, facts, opposite };
  restoreVariables(ctx, then.after, rest.after, node.span, by);
  if (!node.otherwise) return NONE;
  return mergeMeanings(ctx, then.value, rest.value, node.span, by);
}

function otherwise(ctx: Context, scope: Scope, node: If): Meaning {
  if (!node.otherwise) return NONE;
  return node.otherwise.kind === "if"
    ? evaluateIf(ctx, scope, node.otherwise)
    : evaluateBlock(ctx, new Scope(scope), node.otherwise);
}

interface Branch {
  readonly value: Meaning;
  /** What the variables were after it; they are set back to what they were before. */
  readonly after: ReadonlyMap<Bound, Meaning>;
}

function branch(scope: Scope, body: () => Meaning): Branch {
  const variables = [...scope.variables().values()];
  const before = variables.map((v) => v.meaning);
  const value = body();
  const after = new Map(variables.map((v) => [v, v.meaning] as const));
  variables.forEach((v, i) => (v.meaning = before[i] ?? UNKNOWN));
  return { value, after };
}

function restoreVariables(
  ctx: Context,
  then: Branch["after"],
  rest: Branch["after"],
  span: Span,
  by: Condition,
): void {
  for (const [variable, value] of then)
    variable.meaning = mergeMeanings(ctx, value, rest.get(variable) ?? value, span, by);
}
