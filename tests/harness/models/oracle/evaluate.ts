// Evaluates expressions and statements of a function with plain numbers for all sizes.
import type {
  Arg,
  BinaryOperator,
  Block,
  Call,
  Expr,
  IndexItem,
  Statement,
} from "../../../../grammar/index.js";
import { primitives } from "../../../../compiler/check/primitives/index.js";
import { callFunction, instantiate, memberOf, type Supplied } from "./calls.js";
import {
  asNumber,
  asTensor,
  Env,
  number,
  tensor,
  Unsupported,
  Wrong,
  type Meaning,
  type Tensor,
} from "./meaning.js";
import { broadcast, callPrimitive, Given, product, together } from "./primitives.js";

type Of<K extends Expr["kind"]> = Extract<Expr, { kind: K }>;

/** What an expression means; throws `Wrong` where the program is wrong. */
export function evaluate(env: Env, expr: Expr): Meaning {
  const rule = rules[expr.kind] as ((env: Env, expr: Expr) => Meaning) | undefined;
  if (!rule) throw new Unsupported(expr.kind);
  try {
    return rule(env, expr);
  } catch (fault) {
    if (fault instanceof Wrong) fault.at ??= expr.span;
    throw fault;
  }
}

const rules: { readonly [K in Expr["kind"]]?: (env: Env, expr: Of<K>) => Meaning } = {
  number: (_, e) => number(e.value),
  bool: (_, e) => ({ kind: "bool", value: e.value }),
  paren: (env, e) => evaluate(env, e.inner),
  name: (env, e) => {
    const found = env.lookup(e.name);
    // What the language knows and this oracle does not is no mistake of the program.
    if (!found && primitives.has(e.name)) throw new Unsupported(`the primitive ${e.name}`);
    if (!found) throw new Wrong(`unknown name ${e.name}`);
    return found;
  },
  member: (env, e) => {
    const object = evaluate(env, e.object);
    if (object.kind === "tensor" && e.name.name === "T") return transposed(object);
    if (object.kind !== "instance") throw new Wrong("no member");
    return memberOf(object, e.name.name);
  },
  call: (env, e) => call(env, e, []),
  pipe: (env, e) => {
    const left = evaluate(env, e.left);
    const right = e.right;
    if (right.kind === "call") return call(env, right, [left]);
    return apply(env, evaluate(env, right), [{ meaning: left }]);
  },
  index: (env, e) => index(env, evaluate(env, e.object), e.items),
  unary: (env, e) => {
    const value = evaluate(env, e.operand);
    if (e.operator === "not") return negated(value);
    return value.kind === "number" ? number(-value.value) : asTensor(value);
  },
  binary: (env, e) => binary(e.operator, evaluate(env, e.left), () => evaluate(env, e.right)),
  if: (env, e) => {
    const condition = evaluate(env, e.condition);
    if (condition.kind !== "bool") throw new Wrong("no condition");
    if (condition.value) return evaluateBlock(new Env(env), e.then);
    return e.otherwise ? evaluate(new Env(env), e.otherwise) : number(0);
  },
  block: (env, e) => evaluateBlock(new Env(env), e),
  tuple: (env, e) => list(e.items.map((item) => evaluate(env, item))),
  list: (env, e) => list(e.items.map((item) => evaluate(env, item))),
  pattern: (_, e) => ({ kind: "pattern", pattern: e }),
  range: (env, e) => ({
    kind: "range",
    from: asNumber(evaluate(env, e.start)),
    to: asNumber(evaluate(env, e.end)),
  }),
  comprehension: (env, e) =>
    list(
      itemsOf(evaluate(env, e.iterable)).map((item) => {
        const inner = new Env(env);
        inner.names.set(e.variable.name, item);
        return evaluate(inner, e.body);
      }),
    ),
};

const list = (items: readonly Meaning[]): Meaning => ({ kind: "list", items });

function negated(value: Meaning): Meaning {
  if (value.kind !== "bool") throw new Wrong("no condition");
  return { kind: "bool", value: !value.value };
}

function itemsOf(m: Meaning): readonly Meaning[] {
  if (m.kind === "list") return m.items;
  if (m.kind !== "range") throw new Wrong("nothing to go through");
  return Array.from({ length: Math.max(m.to - m.from, 0) }, (_, i) => number(m.from + i));
}

function transposed(x: Tensor): Tensor {
  if (x.shape.length < 2) throw new Wrong("nothing to transpose");
  return tensor([...x.shape.slice(0, -2), ...x.shape.slice(-2).reverse()], x.dtype);
}

// ------------------------------------------------------------------- operators

const arithmetic: Partial<Record<BinaryOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (Number.isInteger(a) && Number.isInteger(b) ? Math.floor(a / nonZero(b)) : a / b),
  "%": (a, b) => a - nonZero(b) * Math.floor(a / b),
  "**": (a, b) => a ** b,
};

const relations: Partial<Record<BinaryOperator, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function nonZero(n: number): number {
  if (n === 0) throw new Wrong("a division by zero");
  return n;
}

function binary(operator: BinaryOperator, left: Meaning, right: () => Meaning): Meaning {
  if (operator === "and" || operator === "or") {
    if (left.kind !== "bool") throw new Wrong("no condition");
    return left.value === (operator === "or") ? left : right();
  }
  const other = right();
  if (operator === "@") return product(asTensor(left), asTensor(other));
  const relation = relations[operator];
  if (left.kind === "number" && other.kind === "number") {
    if (relation) return { kind: "bool", value: relation(left.value, other.value) };
    return number(arithmetic[operator]?.(left.value, other.value) ?? 0);
  }
  return together([left, other], relation ? "bool" : undefined);
}

// --------------------------------------------------------------------- indices

function index(env: Env, object: Meaning, items: readonly IndexItem[]): Meaning {
  const [only] = items;
  const single = items.length === 1 && only?.kind === "at" ? evaluate(env, only.value) : undefined;
  if (object.kind === "list") {
    if (!single) throw new Wrong("one index for a list");
    const found = object.items.at(asNumber(single));
    if (!found) throw new Wrong("an index outside of a list");
    return found;
  }
  const x = asTensor(object);
  return single?.kind === "tensor" ? rows(x, single) : cutAll(env, x, items);
}

function rows(table: Tensor, ids: Tensor): Tensor {
  if (ids.dtype !== "i32") throw new Wrong("floats as indices");
  if (table.shape.length === 0) throw new Wrong("rows of a scalar");
  return tensor([...ids.shape, ...table.shape.slice(1)], table.dtype);
}

function cutAll(env: Env, x: Tensor, items: readonly IndexItem[]): Tensor {
  const rest = items.some((i) => i.kind === "rest");
  const whole = x.shape.length - items.length + (rest ? 1 : 0);
  if (whole < 0) throw new Wrong("too many indices");
  const spread = items.flatMap((item) =>
    item.kind === "rest" ? Array.from({ length: whole }, () => undefined) : [item],
  );
  const shape = x.shape.flatMap((size, i) => {
    const item = spread[i];
    return item ? cut(env, item, size) : [size];
  });
  return tensor(shape, x.dtype);
}

/** What one item leaves of an axis. */
function cut(env: Env, item: IndexItem, size: number): readonly number[] {
  const read = (e: Expr | undefined, otherwise: number): number => {
    const n = e ? asNumber(evaluate(env, e)) : otherwise;
    return n < 0 ? n + size : n;
  };
  if (item.kind === "at") {
    const at = read(item.value, 0);
    if (at < 0 || at >= size) throw new Wrong("an index outside of an axis", "bound");
    return [];
  }
  if (item.kind === "rest") return [size];
  const step = item.step ? asNumber(evaluate(env, item.step)) : 1;
  if (step < 0) return [Math.ceil(size / -step)];
  const [from, to] = [read(item.start, 0), read(item.stop, size)];
  if (from < 0 || to > size || from > to) throw new Wrong("a slice outside of an axis");
  return [Math.ceil((to - from) / nonZero(step))];
}

// ----------------------------------------------------------------------- calls

function call(env: Env, { callee, args }: Call, before: readonly Meaning[]): Meaning {
  return apply(env, evaluate(env, callee), [
    ...before.map((meaning): Supplied => ({ meaning })),
    ...args.map((arg) => supplied(env, arg)),
  ]);
}

const supplied = (env: Env, { name, value }: Arg): Supplied => ({
  ...(name ? { name: name.name } : {}),
  meaning: evaluate(env, value),
});

function apply(env: Env, callee: Meaning, args: readonly Supplied[]): Meaning {
  switch (callee.kind) {
    case "instance": {
      const forward = memberOf(callee, "forward");
      return apply(env, forward, args);
    }
    case "fn":
      return withElements(callFunction(callee.decl, callee.env, args, evaluate));
    case "layer":
      return instantiate(callee.decl, callee.env, args, evaluate);
    case "primitive": {
      const named = args.flatMap(({ name, meaning }) =>
        name === undefined ? [] : [[name, meaning] as const],
      );
      const positional = args.flatMap(({ name, meaning }) => (name === undefined ? [meaning] : []));
      const given = new Given(positional, new Map(named), (name) => {
        const found = env.lookup(name);
        return found?.kind === "number" ? found.value : undefined;
      });
      return callPrimitive(callee.name, given);
    }
    default:
      throw new Wrong(`${callee.kind} is called`);
  }
}

/** A function that leaves nothing of an axis is called with too little. */
function withElements(result: Meaning): Meaning {
  for (const part of result.kind === "list" ? result.items : [result])
    if (part.kind === "tensor" && part.shape.includes(0)) throw new Wrong("nothing left", "bound");
  return result;
}

// ------------------------------------------------------------------ statements

/** The value of a block. */
export function evaluateBlock(env: Env, block: Block): Meaning {
  for (const statement of block.statements) execute(env, statement);
  return block.value ? evaluate(env, block.value) : number(0);
}

function execute(env: Env, statement: Statement): void {
  switch (statement.kind) {
    case "let":
    case "var": {
      const value = evaluate(env, statement.value);
      const items = statement.isTuple && value.kind === "list" ? value.items : [value];
      if (items.length !== statement.names.length) throw new Wrong("another number of values");
      statement.names.forEach(({ name }, i) => env.names.set(name, items[i] ?? value));
      return;
    }
    case "assign":
      env.assign(statement.name.name, evaluate(env, statement.value));
      return;
    case "write": {
      const [target, value] = [evaluate(env, statement.target), evaluate(env, statement.value)];
      const shape = asTensor(target).shape;
      if (broadcast(shape, asTensor(value).shape).join() !== shape.join())
        throw new Wrong("a write of another shape");
      return;
    }
    case "for":
      loop(env, statement);
      return;
    case "expression":
      evaluate(env, statement.value);
      return;
    case "assert":
      throw new Unsupported("assert");
  }
}

function loop(env: Env, { variable, iterable, body, span }: Statement & { kind: "for" }): void {
  const shapes = (): string =>
    JSON.stringify([...env.names].filter(([, m]) => m.kind === "tensor"));
  for (const item of itemsOf(evaluate(env, iterable))) {
    const before = shapes();
    const inner = new Env(env);
    inner.names.set(variable.name, item);
    evaluateBlock(inner, body);
    if (shapes() === before) continue;
    const fault = new Wrong("a loop changes a shape");
    fault.at = span;
    throw fault;
  }
}
