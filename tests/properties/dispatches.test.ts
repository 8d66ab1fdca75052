// How many kernels a training step launches: few for each layer, and a handful for the optimizer.
import { expect, test } from "vitest";
import { openPackage, readSource } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile } from "../../compiler/index.js";
import { portable } from "../../runtime/format.js";

const classes = ["software", "discrete"] as const;
const cases = [
  { path: "examples/shakespeare/model.dl", run: "Shakespeare", mostInLayer: 34 },
  { path: "examples/peers/gpt.dl", run: "Train", mostInLayer: 27 },
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
