// Annotations that name nothing are refused once, where they stand; those that name a kind or a layer pass.
import { expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { checkPackage, renderText } from "../../compiler/index.js";
import { root } from "../harness/sources.js";

const { host } = openPackage(root);
const check = (text: string) => checkPackage([{ path: "case.dl", text }], host).diagnostics;

test.each([
  ["layer L(D: int) {\n  fn forward(x: [B, D]) -> [B, D] = x\n}\n", "int", "`dim`"],
  ["fn f(x: [B], n: Float) -> [B] = x * n\n", "Float", ""],
  ["fn f(x: [B], n: dims) -> [n] = zeros([n])\n", "dims", ""],
  ["fn f(x: Tensor) -> [3] = x\n", "Tensor", "`[B, D]`"],
  [
    "optimizer o(lr: double) {\n  fn update(p: like param, g: like param, step: i32[]) -> like param = p - lr * g\n}\n",
    "double",
    "`float`",
  ],
])("%s", (text, name, hint) => {
  const found = check(text);
  expect(
    found.map((d) => d.code),
    renderText(found),
  ).toEqual(["unknown-name"]);
  expect(found[0]?.primary.text).toContain(`\`${name}\``);
  expect(found[0]?.notes.join()).toContain(hint);
});

test("layers of the file, of imports and of other parameters are known", () => {
  const text = `import { Linear } from "std/nn"

layer Own(D) {
  fn forward(x: [B, D]) -> [B, D] = x
}

fn f(x: [B, 4], net: Own, other: Linear) -> [B, 4] = x
`;
  expect(renderText(check(text))).toBe("");
});
