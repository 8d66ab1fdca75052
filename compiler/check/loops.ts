// Evaluates loops: round by round where their number is known, else by rounds that stand for many.
import type { Statement } from "../../grammar/ast.js";
import { visit } from "../../grammar/index.js";
import { limits, shapes, type Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { Fact, Facts } from "../types/constraints.js";
import { add, int, sub } from "../types/dim.js";
import { areAlike } from "./alike.js";
import type { Context } from "./context.js";
import { tensorOf, UNKNOWN, type Bound, type Meaning, Scope } from "./meaning.js";
import { mergeMeanings } from "./merge.js";
import { iterationOf, someIndex, type Iteration } from "./numbers.js";
import { isLeftToBuild } from "./obligations.js";

/** What all parts of this file need of a loop. */
interface Loop {
  readonly ctx: Context;
  readonly scope: Scope;
  readonly statement: Statement & { readonly kind: "for" };
  /** Evaluates the body for one element. */
  readonly round: (item: Meaning) => void;
}

type Symbolic = Iteration & { readonly kind: "symbolic" };

/** Evaluates a `for`; `body` evaluates its block in a scope that knows the variable. */
export function evaluateLoop(
  ctx: Context,
  scope: Scope,
  statement: Loop["statement"],
  body: (inner: Scope) => void,
): void {
  const { variable, iterable } = statement;
  const over = ctx.evaluate(scope, iterable);
  const iteration = iterationOf(ctx, over, iterable.span);
  if (!iteration) {
    forget(scope, statement);
    return;
  }
  const round = (item: Meaning): void => {
    const inner = new Scope(scope);
    inner.bind(variable.name, item, variable.span);
    body(inner);
  };
  const loop: Loop = { ctx, scope, statement, round };
  if (iteration.kind === "symbolic" && ctx.concrete) {
    ctx.report(limits.openLoop({ at: iterable.span, rounds: iteration.length }));
    forget(scope, statement);
  } else if (iteration.kind === "symbolic") symbolic(loop, iteration);
  else known(loop, iteration.items, over.kind === "range");
}

/** What is assigned where nobody knows whether it is evaluated is not known either. */
export function forget(scope: Scope, node: Parameters<typeof visit>[0]): void {
  const names = new Set<string>();
  visit(node, (n) => {
    if (isAssignment(n)) names.add(n.name.name);
  });
  for (const [name, variable] of scope.variables()) if (names.has(name)) variable.meaning = UNKNOWN;
}

const isAssignment = (node: object): node is Statement & { readonly kind: "assign" } =>
  "kind" in node && node.kind === "assign";

/**
 * A known number of rounds. Variables keep their types, unless the elements differ, as layers of different widths do:
 * then each round takes what the one before it left. While lowering, all this was checked before.
 */
function known(loop: Loop, items: readonly Meaning[], isRange: boolean): void {
  const { ctx } = loop;
  const freely = (): void => {
    items.forEach(loop.round);
  };
  if (ctx.concrete) {
    freely();
    return;
  }
  const strictly = attempt(loop, () => {
    const before = typesOf(loop);
    for (const item of items) {
      loop.round(item);
      checkInvariant(loop, before);
    }
  });
  if (strictly.found.length === 0) return;
  const picks = ctx.unlikePicks;
  const unrolled = retry(loop, strictly, freely);
  // A single layer has no round before it from which it could differ.
  const isFree = !isRange && (items.length === 1 || !areAlike(ctx, items));
  const differ = isFree || ctx.unlikePicks > picks;
  if (!differ) settleOn(loop, strictly);
  else if (unrolled.found.length > 0) settleOn(loop, strictly, unrolled.found);
}

/** A symbolic number of rounds: one stands for all of them, or the ends stand apart from those between. */
function symbolic(loop: Loop, iteration: Symbolic): void {
  const general = attempt(loop, () => {
    between(loop, iteration, 0, 0);
  });
  if (general.found.length === 0) return;
  const isSome = { relation: "<=", left: int(1), right: iteration.length } as const;
  const { ctx } = loop;
  if (ctx.accepts(ctx.prove(isSome)) || isLeftToBuild(ctx, isSome)) {
    const nearest = apart(loop, iteration, general);
    if (nearest) settleOn(loop, general, nearest);
    return;
  }
  const nearest = ctx.assuming([isSome], () => apart(loop, iteration, general));
  settleOn(loop, general, nearest ? general.found : []);
  const [only] = general.found;
  // All that is missing is a first round.
  if (!nearest && only) ctx.report({ ...only, clash: { ...isSome, isSayable: true } });
}

/** Checks the ends of a loop apart from what lies between; what is found where that does not help either. */
function apart(
  loop: Loop,
  iteration: Symbolic,
  general: Attempt,
): readonly Diagnostic[] | undefined {
  const first = retry(loop, general, () => {
    firstApart(loop, iteration);
  });
  if (first.found.length === 0) return undefined;
  const ends = retry(loop, general, () => {
    endsApart(loop, iteration);
  });
  if (ends.found.length === 0) return undefined;
  // That a type changes is said of all rounds; anything else where the first of them shows it.
  const isVariant = general.found.some((d) => d.code === "loop-variant-shape");
  return isVariant ? general.found : first.found;
}

function firstApart(loop: Loop, iteration: Symbolic): void {
  loop.round(iteration.at(int(0)));
  between(loop, iteration, 1, 0);
}

/** A single round, or a first, those between, and a last. */
function endsApart(loop: Loop, iteration: Symbolic): void {
  const { ctx, scope, statement } = loop;
  const { length } = iteration;
  const under = (relation: Fact["relation"], right: number, body: () => void): Types => {
    const start = snapshot(loop);
    ctx.assuming([{ relation, left: length, right: int(right) }], body);
    const end = variablesOf(scope);
    restore(ctx, { ...start, facts: ctx.facts });
    return end;
  };
  const single = under("==", 1, () => {
    loop.round(iteration.at(int(0)));
  });
  const several = under(">=", 2, () => {
    firstAndBetween(loop, iteration);
    loop.round(iteration.at(sub(length, int(1))));
  });
  for (const [variable, meaning] of several) {
    variable.meaning = mergeMeanings(ctx, meaning, single.get(variable) ?? meaning, statement.span);
  }
}

function firstAndBetween(loop: Loop, iteration: Symbolic): void {
  loop.round(iteration.at(int(0)));
  between(loop, iteration, 1, 1);
}

/**
 * One round that stands for all but some at the start and the end. The variables enter it as they may be after any
 * number of rounds.
 */
function between(loop: Loop, iteration: Symbolic, first: number, last: number): void {
  const { ctx, scope, statement, round } = loop;
  const before = typesOf(loop);
  for (const v of scope.variables().values()) v.meaning = anyOf(ctx, v.meaning);
  const { name, span } = statement.variable;
  const count = sub(iteration.length, int(first + last));
  round(iteration.at(add(someIndex(name, count, span), int(first))));
  checkInvariant(loop, before);
}

/** A variable as it may be after any number of rounds. */
function anyOf(ctx: Context, m: Meaning): Meaning {
  if (m.kind === "tensor") return tensorOf(ctx.opaque(m.value.type.dtype, m.value.type.shape));
  return m.kind === "number" ? { kind: "number" } : m;
}

// -------------------------------------------------------------------- attempts

type Types = ReadonlyMap<Bound, Meaning>;

/** What an evaluation of rounds changes. */
interface Snapshot {
  readonly variables: Types;
  readonly states: ReadonlyMap<string, Value>;
  readonly facts: Facts;
}

/** What rounds found, and what they started from and left behind. */
interface Attempt {
  readonly found: readonly Diagnostic[];
  readonly start: Snapshot;
  readonly end: Snapshot;
}

const variablesOf = (scope: Scope): Types =>
  new Map([...scope.variables().values()].map((v) => [v, v.meaning] as const));

const snapshot = ({ ctx, scope }: Loop): Snapshot => ({
  variables: variablesOf(scope),
  states: new Map(ctx.states),
  facts: ctx.facts,
});

function restore(ctx: Context, to: Snapshot): void {
  for (const [variable, meaning] of to.variables) variable.meaning = meaning;
  ctx.states.clear();
  for (const [name, value] of to.states) ctx.states.set(name, value);
  ctx.facts = to.facts;
}

/** Evaluates rounds and says what they found, which is also reported. */
function attempt(loop: Loop, rounds: () => void): Attempt {
  const { ctx } = loop;
  const start = snapshot(loop);
  const reported = ctx.diagnostics.length;
  rounds();
  return { found: ctx.diagnostics.slice(reported), start, end: snapshot(loop) };
}

const isSpent = ({ work }: Context): boolean => work.isSpent;

/** Takes back what an attempt found and evaluates other rounds from where it started. */
function retry(loop: Loop, failed: Attempt, rounds: () => void): Attempt {
  const { ctx } = loop;
  const { diagnostics } = ctx;
  // Once a limit is met nothing more is found, which says nothing.
  if (isSpent(ctx)) return failed;
  diagnostics.splice(diagnostics.length - failed.found.length);
  restore(ctx, failed.start);
  const again = attempt(loop, rounds);
  if (again.found.length === 0 && !isSpent(ctx)) return again;
  diagnostics.splice(diagnostics.length - again.found.length, again.found.length, ...failed.found);
  return again;
}

/** Goes on from where an attempt ended, with what it found or with `said` in place of that. */
function settleOn({ ctx }: Loop, { found, end }: Attempt, said = found): void {
  const kept = ctx.diagnostics.filter((d) => !found.includes(d));
  ctx.diagnostics.splice(0, ctx.diagnostics.length, ...kept);
  ctx.diagnostics.push(...said);
  restore(ctx, end);
}

// ------------------------------------------------------------------ invariants

const typesOf = ({ scope }: Loop): ReadonlyMap<string, Meaning> =>
  new Map([...scope.variables()].map(([name, v]) => [name, v.meaning] as const));

/** The type of a loop's variable must not change from one round to the next. */
function checkInvariant(
  { ctx, scope, statement }: Loop,
  before: ReadonlyMap<string, Meaning>,
): void {
  for (const [name, bound] of scope.variables()) {
    const old = before.get(name);
    if (old?.kind !== "tensor" || bound.meaning.kind !== "tensor") continue;
    const a = old.value.type;
    const b = bound.meaning.value.type;
    if (a.dtype === b.dtype && ctx.sameShape(a.shape, b.shape)) continue;
    ctx.reportAbout(
      [bound.meaning.value],
      shapes.loopVariant({
        name,
        at: ctx.originOf(bound.meaning.value)?.span ?? statement.span,
        before: a,
        after: b,
        ...(bound.span ? { declared: bound.span } : {}),
      }),
    );
    bound.meaning = UNKNOWN;
  }
}
