// What a text may contain, and what its comments and words mean.
import { describe, expect, it } from "vitest";
import { format, parse, shapeOf, type SyntaxProblem } from "../../grammar/index.js";

const problemsOf = (text: string): readonly SyntaxProblem[] =>
  parse({ path: "t.dl", text }).problems;

const program = "/// A law.\nlayer A(D) {\n  // why\n  a = Linear(D)\n}\n";

describe("characters", () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ["NUL", "\0", "a NUL character (U+0000)"],
    ["a lone carriage return", "\r", "a carriage return without a line feed (U+000D)"],
    ["vertical tab", "\v", "a control character (U+000B)"],
    ["form feed", "\f", "a control character (U+000C)"],
    ["escape", "\u001b", "a control character (U+001B)"],
    ["delete", "\u007f", "a control character (U+007F)"],
    ["next line", "\u0085", "a next-line character (U+0085)"],
    ["line separator", "\u2028", "a line separator (U+2028)"],
    ["paragraph separator", "\u2029", "a paragraph separator (U+2029)"],
    ["left-to-right mark", "\u200e", "a text direction mark (U+200E)"],
    ["right-to-left override", "\u202e", "a text direction control (U+202E)"],
    ["left-to-right isolate", "\u2066", "a text direction control (U+2066)"],
    ["pop isolate", "\u2069", "a text direction control (U+2069)"],
    ["arabic letter mark", "\u061c", "a text direction control (U+061C)"],
    ["zero-width space", "\u200b", "a zero-width space (U+200B)"],
    ["byte order mark inside", "\ufeff", "a byte order mark inside the text (U+FEFF)"],
    ["high surrogate", "\ud800", "half of a surrogate pair (U+D800)"],
    ["low surrogate", "\udc00", "half of a surrogate pair (U+DC00)"],
  ];
  it.each(refused)("%s is refused by name, in a comment and in a string", (_, character, found) => {
    for (const text of [
      `// a${character}b\nconst z = 1\n`,
      `property "a${character}b" { assert true }\n`,
    ]) {
      const illegal = problemsOf(text).filter(({ code }) => code === "illegal-character");
      expect(illegal.map((problem) => problem.found)).toEqual([found]);
      expect(illegal[0]?.span.start).toBe(text.indexOf(character));
    }
  });

  it("outside of ASCII are refused in names and fine in comments and strings", () => {
    expect(problemsOf("const é = 1")[0]).toMatchObject({
      code: "illegal-character",
      found: "`é` (U+00E9)",
    });
    expect(problemsOf('// é 漢字 🙂\nproperty "é 漢字 🙂" { assert true }')).toEqual([]);
  });

  it("of another normal form are refused in strings", () => {
    expect(problemsOf('property "e\u0301" { assert true }').map(({ code }) => code)).toEqual([
      "illegal-character",
    ]);
  });

  it("of a byte order mark and of CRLF change nothing", () => {
    const shape = shapeOf(parse({ path: "t.dl", text: program }).module.items);
    for (const text of [`\ufeff${program}`, program.replaceAll("\n", "\r\n")]) {
      const parsed = parse({ path: "t.dl", text });
      expect(parsed.problems).toEqual([]);
      expect(shapeOf(parsed.module.items)).toEqual(shape);
    }
  });
});

describe("numbers", () => {
  it.each(["0", "12", "1_000", "0.02", "6e-4", "1E+3", "1_0.2_5e1"])("%s is one", (text) => {
    expect(problemsOf(`const a = ${text}`)).toEqual([]);
  });
  it.each(["12ab", "1_", "1__0", "0x10", "1e", "1e999"])("%s is none", (text) => {
    expect(problemsOf(`const a = ${text}`)).toHaveLength(1);
  });
});

describe("doc comments", () => {
  const docs = (text: string): unknown => {
    const [item] = parse({ path: "t.dl", text }).module.items;
    return item?.kind === "layer" ? [item.doc, ...item.members.map(({ doc }) => doc)] : undefined;
  };
  it("attach to the next declaration or member, through attributes", () => {
    const text =
      "/// One.\n/// Two.\n@allow(x)\nlayer A {\n  /// Three.\n  a = 1\n  b = 2 /// no\n  @allow(x)\n  /// Four.\n  param c: []\n}\n";
    expect(docs(text)).toEqual(["One.\nTwo.", "Three.", undefined, "Four."]);
  });
});

describe("words that are keywords elsewhere", () => {
  it.each([
    "const a = f(init = 1, state = 2, param = 3, from = 4, in = 5, if = 6)",
    "const a = x.as.init.for.let",
    "layer A { state = Linear(1)\n init = 2\n group = 3\n train = init + state }",
    "fn f(state: [B], set: [B], group: float = 1, init) -> [B] { let train = state\n train + set * group }",
    "const a = f(x, [b init (state for) -> b (for state) init])",
    "model A = B with { adapt init.state by group(1)\n set state = 2\n freeze set.group }",
    "model A { init { state.weight = zeros\n init.bias = zeros } }",
    "train T(net: A) { metrics = 3\n group = net.init\n metrics { by = 2 }\n group state.*, ** { set = 1 } }",
    "optimizer o(a) { state m: like param = zeros\n fn update(p: like param) -> like param = p }",
    "layer A(f: fn = relu, B: layer, C: layer = Linear) { }",
  ])("%s", (text) => {
    expect(problemsOf(text)).toEqual([]);
  });
});

describe("formatting", () => {
  const formatted = async (text: string): Promise<string> => {
    const result = await format(text, "t.dl");
    return "text" in result ? result.text : "refused";
  };

  it("keeps comments where they stand", async () => {
    const text = [
      "// above all",
      "",
      "// above the first",
      "const a = 1 // behind",
      "// at the end of a",
      "",
      "layer A(",
      "  D, // the width",
      "  // the height",
      "  H,",
      ") {",
      "  // only a comment",
      "}",
      "",
      "fn f(x: [B]) -> [B] {",
      "  // first",
      "  let y = x // second",
      "",
      "  // third",
      "  y",
      "  // last",
      "}",
      "// the end",
      "",
    ].join("\n");
    const once = await formatted(text);
    expect(once).toBe(text);
  });

  it("keeps parentheses that say something, and no others", async () => {
    expect(await formatted("const a = (b + (c * d)) * (e)\n")).toBe(
      "const a = (b + (c * d)) * e\n",
    );
    expect(await formatted("const a = ((b))\n")).toBe("const a = b\n");
    expect(await formatted("const a = (b and c) or d\n")).toBe("const a = (b and c) or d\n");
    expect(await formatted("const a = f((b + c), [(d)])\n")).toBe("const a = f(b + c, [d])\n");
  });

  it("refuses what does not parse", async () => {
    expect(await format("const a =", "t.dl")).toHaveProperty("problems");
  });
});
