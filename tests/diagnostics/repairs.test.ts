// Repairs of wrong programs: what is shown was applied and checked, most shape errors have one, and nothing breaks a caller.
import { describe, expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { checkPackage, checkWithRepairs } from "../../compiler/compile.js";
import {
  applyEdits,
  renderText,
  toJson,
  type Diagnostic,
} from "../../compiler/diagnostics/index.js";
import type { SourceFile } from "../../grammar/source.js";
import { errorsOf, readCorpus } from "../harness/corpus.js";
import { root } from "../harness/sources.js";

const { host } = openPackage(root);
const fileOf = (text: string): SourceFile => ({ path: "case.dl", text });
const errorsIn = (text: string): readonly Diagnostic[] =>
  checkWithRepairs([fileOf(text)], host).diagnostics.filter((d) => d.severity === "error");

/** The one error of a program. */
function errorIn(text: string): Diagnostic {
  const [first, ...others] = errorsIn(text);
  if (!first || others.length > 0) throw new Error(renderText(errorsIn(text)));
  return first;
}

/** The program with the first repair of its one error made. */
function mended(text: string): string {
  const [fix] = errorIn(text).fixes ?? [];
  return fix ? applyEdits(text, fix.edits) : text;
}

/** Errors about sizes and axes, of which most can be mended in one place. */
const shapeCodes = new Set([
  "ambiguous-dim",
  "axis-in-pack",
  "axis-out-of-range",
  "axis-repeated",
  "batch-dim-mismatch",
  "branch-mismatch",
  "concat-mismatch",
  "division-by-zero",
  "free-dim-in-result",
  "implicit-broadcast",
  "index-out-of-range",
  "indivisible",
  "inner-dim-mismatch",
  "loop-variant-shape",
  "negative-size",
  "numel-mismatch",
  "pattern-indivisible",
  "pattern-lost-axis",
  "pattern-rank",
  "pattern-repeated-axis",
  "pattern-unknown-axis",
  "rank-mismatch",
  "rank-stretch",
  "refuted-where",
  "shape-mismatch",
  "slice-out-of-range",
  "unproved-where",
  "window-too-large",
  "write-shape",
]);

describe("the corpus of wrong programs", () => {
  const found = readCorpus().map(({ path, files }) => ({ path, files, errors: errorsOf(files) }));
  const repaired = found.flatMap(({ path, files, errors }) =>
    errors.flatMap((d) => (d.fixes ?? []).map((fix) => ({ path, files, title: fix.title, fix }))),
  );

  test.each(repaired)("$path: $title", ({ files, fix }) => {
    const edited = files.map((file) => {
      const own = fix.edits.filter((e) => e.span.file.path === file.path);
      return { path: file.path, text: applyEdits(file.text, own) };
    });
    expect(edited).not.toEqual(files);
    expect(errorsOf(edited)).toHaveLength(fix.leaves);
  });

  test("most shape errors have a repair", () => {
    const shapes = found.flatMap(({ errors }) => errors.filter((d) => shapeCodes.has(d.code)));
    const share = shapes.filter((d) => (d.fixes ?? []).length > 0).length / shapes.length;
    expect(share).toBeGreaterThan(0.6);
  });
});

describe("a repair", () => {
  test("says how many errors it leaves", () => {
    const text = `fn f(x: [B, D], w: [H, D]) -> [B, H] = x @ w
fn g(x: [B, D], w: [H, D]) -> [B, H] = x @ w
`;
    expect(renderText(errorsIn(text))).toContain(" help: transpose `w` (leaves 1 error)\n");
  });

  test("is made of all its edits", () => {
    const text = `import { Linaer } from "std/nn"
layer A(D) {
  up = Linaer(D, D)
  fn forward(x: [B, D]) -> [B, D] = up(x)
}
`;
    expect(mended(text)).toBe(text.replaceAll("Linaer", "Linear"));
    expect(renderText(errorsIn(text))).toContain(
      [
        " help: write `Linear` (leaves no error)",
        ' 1 | import { Linear } from "std/nn"',
        " 3 |   up = Linear(D, D)\n",
      ].join("\n"),
    );
  });

  test("that breaks a caller is not shown", () => {
    const text = `fn last(x: [B, T, D]) -> [B, 4, D] = x[:, :4]
fn use(x: [B, 2, D]) -> [B, 4, D] = last(x)
`;
    expect(errorIn(text).proposals).toContainEqual({ kind: "clause", clause: "T >= 4" });
    expect(errorIn(text).fixes).toBeUndefined();
  });

  test("adds a clause where its names are known", () => {
    const inLayer = `import { SelfAttention } from "std/attention"
layer A(D, H) {
  attn = SelfAttention(D, H)
  fn forward(x: [B, T, D]) -> [B, T, D] = attn(x)
}
`;
    expect(mended(inLayer)).toContain("layer A(D, H) where D % H == 0 {");
    const second = "fn f(x: [T]) -> [T - 2] where T <= 9 = x[2:]\n";
    expect(mended(second)).toContain("where T <= 9, T >= 2 =");
  });

  test("takes the nearest number that a clause allows", () => {
    const text = `import { SelfAttention } from "std/attention"
layer A() {
  attn = SelfAttention(64, 6)
  fn forward(x: [B, T, 64]) -> [B, T, 64] = attn(x)
}
`;
    expect(mended(text)).toContain("SelfAttention(64, 4)");
    expect(renderText(errorsIn(text))).toContain("here `D % H` is 4");
  });

  test("imports a name that the library declares", () => {
    const text = `// A file about projections.

import { LayerNorm } from "std/nn"
layer A(D) {
  ln = LayerNorm(D)
  up = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] = up(ln(x))
}
`;
    expect(mended(text)).toContain('import { LayerNorm, Linear } from "std/nn"');
    const alone = text.replace(/import .*\n/, "").replace("LayerNorm(D)", "D + 1");
    expect(mended(alone.replace("up(ln(x))", "up(x)"))).toContain(
      '// A file about projections.\n\nimport { Linear } from "std/nn"\nlayer A(D) {',
    );
  });

  test("for a rank that would stretch is shown both ways", () => {
    const text = "fn f(x: [B, 1], y: [B]) -> [] = mean((x - y) ** 2)\n";
    const titles = (errorIn(text).fixes ?? []).map((f) => f.title);
    expect(titles).toEqual(["drop the axis of 1 of `x`", "give `y` the shape `[B, 1]`"]);
  });

  test("never gives two sizes of one tensor one name", () => {
    const text = `import { Linear } from "std/nn"
layer A(D, N) {
  head = Linear(D, N)
  fn forward(x: [B, T, D]) -> [B, N] {
    let pooled = mean(x, axis = 2)
    head(pooled)
  }
}
`;
    expect(mended(text)).toContain("mean(x, axis = 1)");
  });

  test("stays out of the files of the library and of a check without repairs", () => {
    const text = "fn f(x: [B, 7]) -> [B, 3] = glu(x)\n";
    for (const fix of errorIn(text).fixes ?? [])
      expect(fix.edits.every((e) => e.span.file.path === "case.dl")).toBe(true);
    const found = checkPackage([fileOf("fn f(x: [B]) -> [B] = y\n")], host).diagnostics;
    expect(found.some((d) => d.fixes !== undefined)).toBe(false);
  });

  test("is data in JSON, proposals are not", () => {
    const json = toJson(errorIn("fn f(weight: [B]) -> [B] = wieght\n"));
    expect(json).toMatchObject({
      fixes: [{ title: "write `weight`", leaves: 0, edits: [{ line: 1, column: 28 }] }],
    });
    expect(Object.keys(json)).not.toContain("proposals");
  });

  test("is bounded: the first twenty errors are repaired", () => {
    const text = Array.from({ length: 30 }, (_, i) => {
      const n = String(i);
      return `fn f${n}(x: [B, D], w: [H, D]) -> [B, H] = x @ w\n`;
    }).join("");
    expect(errorsIn(text).filter((d) => d.fixes)).toHaveLength(20);
  });
});

describe("where a size comes from", () => {
  const chain = `import { Linear } from "std/nn"
layer Inner(K) {
  lin = Linear(K, K)
  fn forward(x: [B, K]) -> [B, K] = lin(x)
}
layer Middle(D) {
  inner = Inner(D + 1)
  fn forward(x: [B, D + 1]) -> [B, D + 1] = inner(x)
}
layer Outer(W) {
  middle = Middle(2 * W)
  fn forward(x: [B, W]) -> [B, W] = middle.inner.lin(x)
}
`;

  test("is followed through instantiations, the nearest three shown", () => {
    const shown = renderText(errorsIn(chain));
    expect(shown).toContain(" 3 |   lin = Linear(K, K)      `In` of `Linear` is `2 * W + 1`\n");
    expect(shown).toContain(" 7 |   inner = Inner(D + 1)    `K` of `Inner` is `2 * W + 1`\n");
    expect(shown).toContain("11 |   middle = Middle(2 * W)  `D` of `Middle` is `2 * W`\n");
    expect(shown).toMatch(/\n {3}\| \+\d more\n/);
  });

  test("is followed through the results of calls", () => {
    const text = `import { Linear } from "std/nn"
fn twice(x: [B, D]) -> [B, D] = x * 2
layer A(D, F) {
  up = Linear(D, F)
  fn forward(x: [B, D]) -> [B, D] = twice(relu(up(x)))
}
`;
    const [site] = errorIn(text).secondary;
    expect(site?.text).toBe("`Out` of `Linear` is `F`");
    expect(mended(text)).toContain("Linear(D, D)");
  });

  test("names the argument that bound a free dimension", () => {
    const text = `fn dot(x: [N], y: [N]) -> [] = sum(x * y)
fn f(a: [B], b: [C]) -> [] = dot(a, b)
`;
    expect(renderText(errorsIn(text))).toContain("`x` makes `N` be `B`");
  });

  test("tells defaults, and what sizes are by default", () => {
    const text = `import { Linear } from "std/nn"
model Net(D = 64, F = 4 * D) {
  up = Linear(D, F)
  down = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] = x |> up |> down
}
`;
    expect(renderText(errorsIn(text))).toContain("= by default `F` is 256 and `D` is 64\n");
  });
});
