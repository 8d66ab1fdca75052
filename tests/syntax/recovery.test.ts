// One mistake is one problem, in its own line, and everything around it survives.
import { describe, expect, it } from "vitest";
import { parse, positionOf, type Item, type Member } from "../../grammar/index.js";

const nameOf = (node: Item | Member): string => ("name" in node ? node.name.name : node.kind);

/** Names of the declarations, with the members of those that have some. */
function outline(items: readonly Item[]): string {
  return items
    .map((item) =>
      "members" in item ? `${nameOf(item)}(${item.members.map(nameOf).join(" ")})` : nameOf(item),
    )
    .join(" ");
}

interface Case {
  readonly mistake: string;
  readonly text: string;
  readonly outline: string;
  /** Line of the problem; the file begins with line 1. */
  readonly line: number;
  readonly found?: string;
  readonly expected?: readonly string[];
}

/** A layer with one line that is wrong between two that are right. */
const member = (line: string): string =>
  `layer A(D) {\n  a = Linear(D, D)\n  ${line}\n  fn f(x: [D]) -> [D] = x\n}\nconst z = 1\n`;

const statement = (line: string): string =>
  `fn f(x: [D]) -> [D] {\n  let a = x\n  ${line}\n  let b = a\n  b\n}\nconst z = 1\n`;

const cases: readonly Case[] = [
  {
    mistake: "a missing comma",
    text: member("b = Linear(D D)"),
    outline: "A(a b f) z",
    line: 3,
    found: "`D`",
    expected: ["`,`", "`)`"],
  },
  {
    mistake: "a missing closing parenthesis",
    text: member("b = Linear(D, D"),
    outline: "A(a b f) z",
    line: 3,
    expected: ["`)`"],
  },
  {
    mistake: "two missing closing parentheses",
    text: member("b = Linear(D, min(D"),
    outline: "A(a b f) z",
    line: 3,
    expected: ["`)`"],
  },
  {
    mistake: "a stray closing parenthesis",
    text: member("b = Linear(D, D))"),
    outline: "A(a b f) z",
    line: 3,
    found: "`)`",
    expected: [],
  },
  {
    mistake: "a missing closing bracket",
    text: member("param b: [D = zeros"),
    outline: "A(a b f) z",
    line: 3,
    expected: ["`]`"],
  },
  {
    mistake: "the wrong closing bracket",
    text: member("b = Linear(D]"),
    outline: "A(a b f) z",
    line: 3,
  },
  {
    mistake: "a missing value",
    text: member("b ="),
    outline: "A(a b f) z",
    line: 3,
    found: "the end of the line",
    expected: ["an expression"],
  },
  {
    mistake: "a missing operand",
    text: member("b = D +"),
    outline: "A(a b f) z",
    line: 3,
    expected: ["an expression"],
  },
  {
    mistake: "two equal signs",
    text: member("param b: [D] = = zeros"),
    outline: "A(a b f) z",
    line: 3,
    expected: ["an expression"],
  },
  {
    mistake: "a missing equals sign",
    text: member("b Linear(D, D)"),
    outline: "A(a f) z",
    line: 3,
    expected: ["`=`"],
  },
  {
    mistake: "a missing colon",
    text: member("param b [D] = zeros"),
    outline: "A(a f) z",
    line: 3,
    expected: ["`:`"],
  },
  {
    mistake: "a missing type",
    text: member("param b: = zeros"),
    outline: "A(a b f) z",
    line: 3,
    expected: ["a type"],
  },
  {
    mistake: "a doubled comma",
    text: member("fn g(x: [B,, D]) = x"),
    outline: "A(a g f) z",
    line: 3,
    expected: ["a dimension"],
  },
  {
    mistake: "a function without a name",
    text: member("fn (x: [B]) = x"),
    outline: "A(a  f) z",
    line: 3,
    expected: ["a name"],
  },
  {
    mistake: "a function without a body",
    text: member("fn g(x: [B]) -> [B]"),
    outline: "A(a g f) z",
    line: 3,
    found: "the end of the line",
  },
  {
    mistake: "a broken fact",
    text: member("fn g(x: [B]) -> [B] where B > > 1 = x"),
    outline: "A(a g f) z",
    line: 3,
    expected: ["an expression"],
  },
  {
    mistake: "two members on one line",
    text: member("b = D c = D"),
    outline: "A(a b f) z",
    line: 3,
    expected: ["the end of the line"],
  },
  { mistake: "an odd sign", text: member("b = D ? D"), outline: "A(a b f) z", line: 3 },
  {
    mistake: "a statement among members",
    text: member("let b = D"),
    outline: "A(a f) z",
    line: 3,
    expected: ["a member"],
  },
  {
    mistake: "an attribute of nothing",
    text: "layer A(D) {\n  a = D\n  @allow(x)\n}\nconst z = 1\n",
    outline: "A(a) z",
    line: 3,
  },
  {
    mistake: "a missing closing brace of a function",
    text: "layer A(D) {\n  fn f(x: [D]) -> [D] {\n    x\n  fn g(x: [D]) = x\n}\nconst z = 1\n",
    outline: "A(f g) z",
    line: 3,
    expected: ["`}`"],
  },
  {
    mistake: "a missing closing brace of a layer",
    text: "layer A(D) {\n  a = D\n\nlayer B(D) {\n  b = D\n}\nconst z = 1\n",
    outline: "A(a) B(b) z",
    line: 2,
    expected: ["`}`"],
  },
  {
    mistake: "a missing parenthesis in a head",
    text: "layer A(D {\n  a = D\n}\nconst z = 1\n",
    outline: "A(a) z",
    line: 1,
    expected: ["`)`"],
  },
  {
    mistake: "a misspelt declaration",
    text: "lyaer A(D) {\n  a = D\n}\nconst z = 1\n",
    outline: "z",
    line: 1,
    found: "`lyaer`",
    expected: ["a declaration"],
  },
  {
    mistake: "a misspelt `with`",
    text: "model A = B wth {\n  freeze **\n}\nconst z = 1\n",
    outline: "A z",
    line: 1,
    expected: ["`with`"],
  },
  {
    mistake: "a missing brace in a head",
    text: "layer A(D) where D > 1\n  a = D\n}\nconst z = 1\n",
    outline: "A(a) z",
    line: 1,
    expected: ["`{`"],
  },
  {
    mistake: "a declaration without a name",
    text: "layer (D) {\n  a = D\n}\nconst z = 1\n",
    outline: "(a) z",
    line: 1,
    expected: ["a name"],
  },
  {
    mistake: "a missing operator",
    text: statement("let c = a b"),
    outline: "f z",
    line: 3,
    found: "`b`",
    expected: ["the end of the line"],
  },
  {
    mistake: "an unfinished member access",
    text: statement("let c = a."),
    outline: "f z",
    line: 3,
    expected: ["a name"],
  },
  {
    mistake: "an `if` without `else` as a value",
    text: statement("let c = if D > 1 { a }"),
    outline: "f z",
    line: 3,
    expected: ["`else`"],
  },
  {
    mistake: "a broken loop",
    text: statement("for i 0..3 { a }"),
    outline: "f z",
    line: 3,
    expected: ["`in`"],
  },
  {
    mistake: "an unfinished string",
    text: 'import { A } from "std/nn\nconst z = 1\n',
    outline: "import z",
    line: 1,
  },
  {
    mistake: "an unfinished number",
    text: "const a = 12ab\nconst z = 1\n",
    outline: "a z",
    line: 1,
  },
  {
    mistake: "a broken axis pattern",
    text: statement("let c = f(a, [b t -> = b])"),
    outline: "f z",
    line: 3,
    expected: ["`]`"],
  },
  {
    mistake: "a broken selector",
    text: "model A = B with {\n  adapt h..q by lora(1)\n  set D = 3\n}\nconst z = 1\n",
    outline: "A z",
    line: 2,
  },
];

describe("one problem, and the rest survives:", () => {
  it.each(cases)("$mistake", ({ text, outline: survived, line, found, expected }) => {
    const { module, problems } = parse({ path: "r.dl", text });
    const said = problems.map(
      (problem) =>
        `${String(positionOf(problem.span.file, problem.span.start).line)}: ${problem.found}, expected ${problem.expected.join(" ")}`,
    );
    expect(problems, said.join("\n")).toHaveLength(1);
    const [problem] = problems;
    expect(said[0]).toMatch(new RegExp(`^${String(line)}:`));
    if (found !== undefined) expect(problem?.found).toBe(found);
    if (expected !== undefined) expect(problem?.expected).toEqual(expected);
    expect(outline(module.items)).toBe(survived);
  });

  it("reports all of several mistakes, in the order of the text", () => {
    const text =
      member("b = Linear(D D)") +
      statement("let c = a b").replaceAll("const z", "const y") +
      "const = 3\n";
    const lines = parse({ path: "r.dl", text }).problems.map(
      ({ span }) => positionOf(span.file, span.start).line,
    );
    expect(lines).toEqual([3, 9, 14]);
  });

  it("keeps what was read before the mistake", () => {
    const { module } = parse({ path: "r.dl", text: "const a = f(b, c d)\n" });
    const [item] = module.items;
    const call = item?.kind === "const" && item.value.kind === "call" ? item.value : undefined;
    expect(call?.args.map(({ value }) => value.kind)).toEqual(["name", "name", "error"]);
  });
});
