// How operators bind, by the tree that each expression gives.
import { describe, expect, it } from "vitest";
import { parse, unparen, type Expr } from "../../grammar/index.js";

/** An expression with all its parentheses. */
function explicit(expr: Expr): string {
  const inner = unparen(expr);
  switch (inner.kind) {
    case "binary":
      return `(${explicit(inner.left)} ${inner.operator} ${explicit(inner.right)})`;
    case "pipe":
      return `(${explicit(inner.left)} |> ${explicit(inner.right)})`;
    case "unary":
      return `(${inner.operator} ${explicit(inner.operand)})`;
    case "member":
      return `${explicit(inner.object)}.${inner.name.name}`;
    case "call":
      return `${explicit(inner.callee)}(${inner.args.map((arg) => explicit(arg.value)).join(", ")})`;
    case "index":
      return `${explicit(inner.object)}[…]`;
    case "lambda":
      return `(${inner.params.map(({ name }) => name).join(" ")} => ${explicit(inner.body)})`;
    case "name":
      return inner.name;
    case "number":
      return inner.text;
    default:
      return inner.kind;
  }
}

const cases: readonly (readonly [source: string, meaning: string])[] = [
  ["a + b * c", "(a + (b * c))"],
  ["a - b - c", "((a - b) - c)"],
  ["a / b * c % d @ e", "((((a / b) * c) % d) @ e)"],
  ["a ** b ** c", "(a ** (b ** c))"],
  ["-x ** 2", "(- (x ** 2))"],
  ["2 ** -1", "(2 ** (- 1))"],
  ["2 ** -x * 3", "((2 ** (- x)) * 3)"],
  ["-a * b", "((- a) * b)"],
  ["a - -b", "(a - (- b))"],
  ["a + b == c * d", "((a + b) == (c * d))"],
  ["not a == b", "(not (a == b))"],
  ["not a and b", "((not a) and b)"],
  ["a or b and c", "(a or (b and c))"],
  ["a and b or c and d", "((a and b) or (c and d))"],
  ["not not a", "(not (not a))"],
  ["a + b |> f |> g(c)", "(((a + b) |> f) |> g(c))"],
  ["a or b |> f", "((a or b) |> f)"],
  ["-x.T", "(- x.T)"],
  ["a @ b.T", "(a @ b.T)"],
  ["f(x)[0].y(z)", "f(x)[…].y(z)"],
  ["x => x + y", "(x => (x + y))"],
  ["(x, w) => x @ w |> f", "(x w => ((x @ w) |> f))"],
  ["(a + b) * c", "((a + b) * c)"],
  ["x + (y => y)(z)", "(x + (y => y)(z))"],
];

describe("operators bind", () => {
  it.each(cases)("%s as %s", (source, meaning) => {
    const { module, problems } = parse({ path: "p.dl", text: `const a = ${source}` });
    expect(problems).toEqual([]);
    const [item] = module.items;
    expect(item?.kind === "const" ? explicit(item.value) : "").toBe(meaning);
  });

  it("refuses a chain of comparisons, and a value behind a pipe", () => {
    for (const source of ["a < b < c", "a == b != c", "x |> 3", "x |> f + g"]) {
      expect(parse({ path: "p.dl", text: `const a = ${source}` }).problems, source).toHaveLength(1);
    }
  });
});

describe("lines", () => {
  const lines = (text: string): number => {
    const { module, problems } = parse({ path: "p.dl", text: `fn f() {\n${text}\n}` });
    expect(problems).toEqual([]);
    const [item] = module.items;
    if (item?.kind !== "fn" || item.body.kind !== "block") return -1;
    return item.body.statements.length + (item.body.value ? 1 : 0);
  };
  const cases: readonly (readonly [string, number])[] = [
    ["let a = b\n-c", 2],
    ["let a = b\n(c)", 2],
    ["let a = b\n[c]", 2],
    ["let a = b -\n  c", 1],
    ["let a = b\n  + c", 1],
    ["let a = b\n  |> c\n  |> d", 1],
    ["let a = b\n  @ c", 1],
    ["let a = b\n  .c", 1],
    ["let a = b\n  ** c", 1],
    ["let a = f(\n  b\n  -c\n)", 1],
    ["let a = f\n\n(b)", 2],
    ["let a = b; let c = d; a", 3],
    ["a\nb = c", 2],
    ["a +\nb", 1],
    ["x <- a\n{ a }", 2],
  ];
  it.each(cases)("%j are %i", (text, count) => {
    expect(lines(text)).toBe(count);
  });
});
