// Attributes: unknown names and codes, places and arguments that mean nothing, and that what is right passes.
import { expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { checkPackage, renderText } from "../../compiler/index.js";
import { root } from "../harness/sources.js";

const { host } = openPackage(root);
const check = (text: string) => checkPackage([{ path: "case.dl", text }], host).diagnostics;
const fn = "fn double(x: [B, D]) -> [B, D] = x * 2.0\n";
const layer =
  "layer Scale(D) {\n  ATTRIBUTE\n  param by: [D] = ones\n  fn forward(x: [B, D]) -> [B, D] = x * by\n}\n";

test.each([
  ["@allow(unused-parameter)", fn],
  ["@allow(unused-parameter, naming-convention)", fn],
  ['@onnx("Mul")', fn],
  ['@torch("mul")', layer.replace("ATTRIBUTE", "@allow(unused-parameter)")],
  ['@allow(naming-convention) @onnx("Mul")', fn],
])("%s is right", (attribute, text) => {
  expect(renderText(check(`${attribute}\n${text}`))).toBe("");
});

test.each([
  ["@inline", fn, "unknown-attribute", "`@inline`"],
  ["@alow(naming-convention)", fn, "unknown-attribute", "`@alow`"],
  ["@constructor", fn, "unknown-attribute", "`@constructor`"],
  ["@allow", fn, "attribute-arguments", "`@allow(code)`"],
  ["@allow()", fn, "attribute-arguments", "`@allow(code)`"],
  ['@allow("naming-convention")', fn, "attribute-arguments", "`@allow(code)`"],
  ["@vjp", fn, "attribute-arguments", "`@vjp(f)`"],
  ["@onnx(Mul)", fn, "attribute-arguments", '`@onnx("Name")`'],
  ["@allow(unused-param)", fn, "unknown-code", "`unused-param`"],
  ["@allow(toString)", fn, "unknown-code", "`toString`"],
  ["@allow(shape-mismatch)", fn, "unknown-code", "only warnings can be silenced"],
  ["@vjp(f)", layer.replace("ATTRIBUTE\n  ", ""), "misplaced-attribute", "belongs to a function"],
  ['@onnx("Mul")', "const n = 3\n", "misplaced-attribute", "before a `const`"],
])("%s is refused once", (attribute, text, code, words) => {
  const found = check(`${attribute}\n${text}`);
  expect(found.map((d) => d.code)).toEqual([code]);
  expect(found[0]?.primary.text).toContain(words);
  expect(found[0]?.primary.span.start).toBeLessThan(attribute.length);
});

test("a member's attributes are checked too", () => {
  const found = check(layer.replace("ATTRIBUTE", "@vjp(f)"));
  expect(found.map((d) => [d.code, d.primary.text])).toEqual([
    ["misplaced-attribute", "`@vjp` stands before a `param`; it belongs to a function"],
  ]);
});

test("errors cannot be silenced", () => {
  const wrong = "@allow(implicit-broadcast)\nfn add(x: [A], y: [B]) -> [A] = x + y\n";
  expect(check(wrong).map((d) => d.code)).toEqual(["unknown-code", "implicit-broadcast"]);
});
