// How many kernels a training step launches: few for each layer, and a handful for the optimizer.
import { expect, test } from "vitest";
import { openPackage, readSource } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile } from "../../compiler/index.js";
import { commonBinding, portable } from "../../runtime/format.js";

const classes = ["software", "discrete"] as const;
const cases = [
  { path: "examples/shakespeare/model.dl", run: "Shakespeare", mostInLayer: 32 },
  { path: "examples/peers/gpt.dl", run: "Train", mostInLayer: 25 },
];

function stepOf(
  { path, run }: (typeof cases)[number],
  layers: number,
  adapterClass: (typeof classes)[number],
): ReturnType<typeof buildArtifact>["steps"][number] {
  const compiled = compile(readSource(path), openPackage(path).host, {
    runs: [run],
    sets: { L: String(layers) },
  });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const [step] = buildArtifact(compiled.value, { target: portable(adapterClass) }).steps;
  if (!step) throw new Error(`${path} has no training run`);
  return step;
}

for (const adapterClass of classes) {
  test.each(cases)(
    `$path on a ${adapterClass} adapter: at most $mostInLayer dispatches a layer, 4 for the optimizer`,
    { timeout: 60_000 },
    (work) => {
      const [two, three] = [2, 3].map((layers) => stepOf(work, layers, adapterClass));
      const count = (step: typeof two): number => step?.program.dispatches.length ?? 0;
      expect(count(three) - count(two)).toBeLessThanOrEqual(work.mostInLayer);
      const optimizer = [
        ...(three?.clip?.dispatches ?? []),
        ...(three?.updates ?? []).flatMap((u) => u.ranges.flatMap(() => u.program.dispatches)),
      ];
      expect(optimizer.length).toBeGreaterThan(0);
      expect(optimizer.length).toBeLessThanOrEqual(4);
    },
  );
}

test("an update of more parameters than every device binds at once runs in parts", () => {
  const text = `import { sgd } from "std/optim"

model Wide(N = 5000) {
  param a: [N, 4000] = ones
  param b: [N, 4000] = ones
  param c: [N] = ones

  fn forward(x: [N]) -> [] = sum(x @ a * (x @ b)) + x @ c
}

train Fit(net: Wide, x: [5000]) {
  loss = net(x)
  optimizer = sgd(lr = 1e-3, momentum = 0.9)
}
`;
  const compiled = compile({ path: "wide.dl", text }, openPackage("tests").host, { runs: ["Fit"] });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const { steps, variables } = buildArtifact(compiled.value, { target: portable("software") });
  const ranges = steps.flatMap(({ updates }) => updates.flatMap((u) => u.ranges));
  expect(ranges.length).toBeGreaterThan(1);
  for (const { bytes } of ranges) expect(bytes).toBeLessThanOrEqual(commonBinding);
  // Together they cover every parameter, each byte once.
  const ends = ranges.map(({ offset, bytes }) => offset + bytes);
  expect(ranges.map(({ offset }) => offset)).toEqual([0, ...ends.slice(0, -1)]);
  const all = variables.map(({ offset, bytes }) => offset + bytes);
  expect(ends.at(-1)).toBeGreaterThanOrEqual(Math.max(...all));
});

test("equal layers share their kernels, whatever numbers they draw", () => {
  const text = `import { Dropout, Linear } from "std/nn"
import { sgd } from "std/optim"

model Deep(L = 3) {
  layers = [Linear(8, 8) for _ in 0..L]
  drops = [Dropout(0.5) for _ in 0..L]

  fn forward(x: [B, 8]) -> [B, 8] {
    var h = x
    for i in 0..L { h = gelu(drops[i](layers[i](h))) }
    h
  }
}

train Fit(net: Deep, x: [B, 8]) {
  loss = mean(net(x) ** 2)
  optimizer = sgd(lr = 0.1)
}
`;
  const kernels = [6, 9].map((layers) => {
    const options = { runs: ["Fit"], sets: { L: String(layers) } };
    const compiled = compile({ path: "deep.dl", text }, openPackage("tests").host, options);
    if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
    const { kernels, steps } = buildArtifact(compiled.value, { target: portable("software") });
    const passed = steps.flatMap(({ program }) =>
      program.dispatches.flatMap((d) => d.passed ?? []),
    );
    expect(new Set(passed).size).toBeGreaterThanOrEqual(layers);
    return kernels.length;
  });
  expect(kernels[1]).toBe(kernels[0]);
});
