// `@vjp(f)`: gradients go by the pullback that was written, and one that does not fit is refused.
import { expect, it } from "vitest";
import { openPackage } from "../../cli/host.js";
import { checkPackage, compile } from "../../compiler/index.js";
import { evaluate } from "../../compiler/reference/evaluate.js";

const { host } = openPackage(".");
const file = (text: string): { path: string; text: string } => ({ path: "pullback.dl", text });

const straightThrough = `fn through(x: [...], ct: [...]) -> [...] = ct

@vjp(through)
fn binarize(x: [...]) -> [...] = sign(x)

fn slope(x: [N]) -> [N] = grad((z) => sum(binarize(z) * z), x)
`;

it("takes the place of the derived pullback", () => {
  const compiled = compile(file(straightThrough), host, { fn: "slope" });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map((d) => d.title).join());
  const [entry] = compiled.value.entries;
  const [n] = entry?.signature.symbols ?? [];
  if (!entry || !n) throw new Error("no entry");
  const data = Float64Array.of(-1.5, 0.25, 2);
  const leaves = (): { dtype: "f32"; shape: number[]; data: Float64Array } => ({
    dtype: "f32",
    shape: [3],
    data,
  });
  const results = evaluate(entry.program, { dims: new Map([[n, 3]]), leaves });
  // The derivative of sign(z) * z, with 1 for the derivative of sign: sign(z) + z.
  expect([...(results.get("out")?.data ?? [])]).toEqual([-2.5, 1.25, 3]);
});

const misfits = [
  { what: "a cotangent of another shape", pullback: "sum(ct, keep = true)", result: "[1]" },
  { what: "too many cotangents", pullback: "(ct, ct)", result: "(a: [N], b: [N])" },
];

it.each(misfits)("refuses $what", ({ pullback, result }) => {
  const text = `fn back(x: [N], ct: [N]) -> ${result} = ${pullback}

@vjp(back)
fn f(x: [N]) -> [N] = exp(x)

fn g(x: [N]) -> [N] = f(x)
`;
  const { diagnostics } = checkPackage([file(text)], host);
  expect(diagnostics.map((d) => d.severity)).toEqual(["error"]);
});

it("refuses a pullback that nobody declares, with the nearest name", () => {
  const text = straightThrough.replace("@vjp(through)", "@vjp(trough)");
  const [finding, ...others] = checkPackage([file(text)], host).diagnostics;
  expect(others).toEqual([]);
  expect(finding?.code).toBe("unknown-name");
  expect(JSON.stringify(finding?.proposals)).toContain("through");
});
