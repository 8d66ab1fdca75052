// `dl graph`: boxes of calls with their repeats and parameters, shapes on the edges, as SVG and PNG.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pictureOf, type Box } from "../../compiler/queries/picture.js";
import { compileCase } from "../harness/programs.js";
import { dl, temporaryFolder } from "../harness/cli.js";

const path = "examples/shakespeare/model.dl";
const [entry] = compileCase({ title: "", path, options: { model: "Gpt" } }).entries;
if (!entry) throw new Error("there is no entry");

const all = (boxes: readonly Box[]): readonly Box[] =>
  boxes.flatMap((box) => [box, ...all(box.inside)]);

test("a loop over blocks is one box that runs for each of them", () => {
  const { boxes, flows } = pictureOf(entry, 3);
  const block = boxes.find(({ label }) => label === "block(x)");
  expect(block?.times).toBe(3);
  expect(block?.inside.map(({ label }) => label)).toContain("attn(ln_1(x))");
  expect(all(boxes).find(({ label }) => label === "attn(ln_1(x))")?.times).toBe(3);
  const ids = new Set(all(boxes).map(({ id }) => id));
  expect(ids.size).toBe(all(boxes).length);
  for (const { from, to, types } of flows) {
    expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
    expect(types.length).toBeGreaterThan(0);
  }
});

test("every parameter is in a box", () => {
  // Of a tied head, the weight is read twice.
  const parameters = all(pictureOf(entry, 4).boxes).reduce((sum, box) => sum + box.parameters, 0);
  const program = entry.program.graph.values.filter(
    (v) => v.op.lower.kind === "leaf" && (v.attrs as { role: string }).role === "parameter",
  );
  expect(program.length).toBeGreaterThan(10);
  expect(parameters).toBeGreaterThan(150_000);
});

test("the picture is written as SVG and PNG", { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  for (const name of ["gpt.svg", "gpt.png"])
    expect((await dl("graph", path, "--model", "Gpt", "-o", at(name))).status).toBe(0);
  const svg = readFileSync(at("gpt.svg"), "utf8");
  expect(svg).toContain("× 3");
  expect(svg).toContain("f32[B, T, 64]");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect([...readFileSync(at("gpt.png")).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  expect(
    await dl("graph", path, "--model", "Gpt", "--entry", "x", "-o", at("x.svg")),
  ).toMatchObject({
    status: 1,
  });
});
