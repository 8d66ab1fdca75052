// The two renderers: the text form line by line, and the JSON form as data.
import { describe, expect, test } from "vitest";
import type { SourceFile, Span } from "../../grammar/source.js";
import { dim, freshSym, int, symbol } from "../../compiler/types/dim.js";
import { tensor } from "../../compiler/types/tensor.js";
import {
  applyEdits,
  arrange,
  limits,
  names,
  warnings,
  renderJson,
  renderOne,
  renderText,
  report,
  shapes,
  syntaxDiagnostic,
  weights,
  type Diagnostic,
} from "../../compiler/diagnostics/index.js";

const file: SourceFile = {
  path: "mlp.dl",
  text: [
    "layer Mlp(D, H) {",
    "  param w1: [H, D] = zeros",
    "",
    "  fn forward(x: [B, T, D]) -> [B, T, H] {",
    "    let h = x @ w1",
    "    h",
    "  }",
    "}",
    "",
  ].join("\n"),
};
const spanOf = (text: string, after = 0): Span => {
  const start = file.text.indexOf(text, after);
  return { file, start, end: start + text.length };
};
const D = symbol(freshSym("D", "size", spanOf("D")));
const H = symbol(freshSym("H", "size", spanOf("H")));
const [B, T] = [dim("B"), dim("T")];
const product = spanOf("x @ w1");

const inner = (): Diagnostic => ({
  ...shapes.requirement({
    at: product,
    code: "inner-dim-mismatch",
    operands: [
      { name: "x", type: tensor("f32", [B, T, D]) },
      { name: "w1", type: tensor("f32", [H, D]) },
    ],
    places: [
      { operand: 0, axis: 2 },
      { operand: 1, axis: 0 },
    ],
    relation: "==",
    left: D,
    right: H,
    verdict: { kind: "unknown" },
  }),
  fixes: [
    {
      title: "transpose `w1`",
      leaves: 0,
      edits: [{ span: { file, start: product.end, end: product.end }, text: ".T" }],
    },
  ],
});

describe("text", () => {
  test("shows the place, the types, the origins, the rule and the repair", () => {
    expect(`\n${renderOne(inner())}\n`).toBe(`
error[inner-dim-mismatch]: Inner dimensions differ
   mlp.dl:5:13
   |
 5 |     let h = x @ w1
   |             ^^^^^^ \`D\` meets \`H\`
   |
   |   x    f32[B, T, D]
   |                  ^
   |   w1   f32[H, D]
   |            ^
   |
 1 | layer Mlp(D, H) {  \`D\` and \`H\` are declared here
   |
   = \`@\` contracts the last axis of the left side with the second-to-last of the right
   = the facts in scope do not decide \`D == H\`
 help: transpose \`w1\` (leaves no error)
 5 |     let h = x @ w1.T
`);
  });

  test("marks stand under tabs and at the end of a line", () => {
    const text = "\tfoo(\n";
    const at = { file: { path: "a.dl", text }, start: 5, end: 5 };
    const rendered = renderOne(
      syntaxDiagnostic({
        code: "unexpected-token",
        span: at,
        found: "the end of the line",
        expected: ["`)`", "a name"],
      }),
    );
    expect(rendered).toBe(
      [
        "error[unexpected-token]: Unexpected text",
        "   a.dl:1:6",
        "   |",
        " 1 | \tfoo(",
        "   | \t    ^ expected `)` or a name, found the end of the line",
      ].join("\n"),
    );
  });

  test("a whole file has a path and no line", () => {
    const rendered = renderOne(
      weights.weightsShape({
        file: "m.safetensors",
        path: "w1",
        dtype: "f32",
        expected: [3, 2],
        found: [2, 3],
      }),
    );
    expect(rendered).toContain(
      "\n   m.safetensors\n   |\n   | `w1` is transposed\n   |\n   |   in the file    f32[2, 3]\n",
    );
    expect(rendered).toContain("= weights of linear layers are stored as");
  });

  test("labels in other files come last under their path", () => {
    const other = { path: "std/nn.dl", text: "fn forward(x: [..., In])\n" };
    const d = names.duplicateName({
      name: "x",
      at: product,
      first: { file: other, start: 11, end: 12 },
    });
    expect(renderOne(d).split("\n").slice(-2)).toEqual([
      "   std/nn.dl:1:12",
      " 1 | fn forward(x: [..., In])  the first declaration",
    ]);
  });

  test("colour adds nothing but colour", () => {
    const marked = renderText([inner()], (role, text) => `<${role}>${text}</${role}>`);
    expect(marked).toContain("<error>error[inner-dim-mismatch]</error>");
    expect(marked.replaceAll(/<\/?[a-z]+>/g, "")).toBe(renderText([inner()]));
  });

  test("a run ends with its counts", () => {
    const second = names.unknownName({ name: "hh", at: spanOf("h\n"), near: ["h"] });
    const text = renderText([second, inner(), inner()]);
    expect(text.indexOf("inner-dim-mismatch")).toBeLessThan(text.indexOf("unknown-name"));
    expect(text.endsWith("\n\n2 errors\n")).toBe(true);
  });
});

describe("order and limits", () => {
  const many = Array.from({ length: 120 }, (_, i) =>
    names.unknownName({
      name: `n${String(i)}`,
      at: { file, start: 119 - i, end: 119 - i },
      near: [],
    }),
  );

  test("sorts by place, drops repetitions, shows a hundred", () => {
    expect(arrange([...many, ...many])).toHaveLength(120);
    const { shown, hidden, errors } = report(many);
    expect([shown.length, hidden, errors]).toEqual([100, 20, 120]);
    expect(renderText(many)).toContain("\n+20 more\n");
    const starts = shown.map((d) => d.primary.span.start);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  test("warnings give way to errors", () => {
    const warning = warnings.unused({
      name: "w",
      kind: "parameter",
      at: { file, start: 0, end: 1 },
    });
    expect(report([warning, ...many]).shown).not.toContain(warning);
  });
});

describe("JSON", () => {
  test("is stable data with positions from 1", () => {
    const parsed: unknown = JSON.parse(renderJson([inner()]));
    expect(parsed).toMatchObject({
      version: 1,
      errors: 1,
      diagnostics: [
        {
          code: "inner-dim-mismatch",
          severity: "error",
          primary: { path: "mlp.dl", line: 5, column: 13, endColumn: 19, text: "`D` meets `H`" },
          comparison: [
            { name: "x", type: "f32[B, T, D]", marks: [2] },
            { name: "w1", type: "f32[H, D]", marks: [0] },
          ],
          fixes: [
            {
              title: "transpose `w1`",
              leaves: 0,
              edits: [{ line: 5, column: 19, text: ".T" }],
            },
          ],
        },
      ],
    });
  });
});

test("edits apply from the back", () => {
  const edit = (start: number, end: number, text: string) => ({ span: { file, start, end }, text });
  expect(applyEdits("a b c", [edit(0, 1, "xx"), edit(4, 5, "z")])).toBe("xx b z");
});

test("shapes that would stretch on both sides show both repairs", () => {
  const one = { name: "p", type: tensor("f32", [B, int(1)]) };
  const d = shapes.broadcast({
    at: product,
    left: one,
    right: { name: "t", type: tensor("f32", [B]) },
  });
  expect(d.code).toBe("rank-stretch");
  expect(d.primary.text).toBe("would give `[B, B]`");
  expect(d.notes.join()).toContain("`p[..., 0]`");
  expect(d.notes.join()).toContain("`reshape(t, [B, 1])`");
});

test("limits name what is too large", () => {
  expect(
    renderOne(limits.sizeOverflow({ at: product, what: "`h`", size: "8 GiB", limit: "4 GiB" })),
  ).toContain("`h` would take 8 GiB");
});
