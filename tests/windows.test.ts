// Windows are never stored: what convolutions keep between kernels is no larger than the tensors they are given or give.
import { expect, test } from "vitest";
import { openPackage } from "../cli/host.js";
import { buildArtifact } from "../compiler/artifact/index.js";
import { compile } from "../compiler/index.js";
import { evaluate } from "../runtime/formula.js";
import { portable } from "../runtime/format.js";

/** Elements of the largest temporary of each entry, and of the largest input or result. */
function sizesOf(layer: string, shape: readonly number[]): readonly [kept: number, given: number] {
  const name = layer.slice(0, layer.indexOf("("));
  const text = [
    `import { ${name} } from "std/nn"`,
    "model Net {",
    `  inner = ${layer}`,
    `  fn forward(x: [${shape.join(", ")}]) = inner(x)`,
    "}",
    "",
  ].join("\n");
  const options = { model: "Net", withGradients: true };
  const result = compile({ path: "net.dl", text }, openPackage("tests").host, options);
  if (!result.ok) throw new Error(result.diagnostics.map(({ title }) => title).join("\n"));
  const tensors = buildArtifact(result.value, { target: portable("discrete") }).entries.flatMap(
    ({ program }) => program.tensors,
  );
  const largest = (isKept: boolean): number =>
    Math.max(
      ...tensors
        .filter(({ place }) => (place.kind === "temporary") === isKept)
        .map(({ elements }) => evaluate(elements, [])),
      0,
    );
  return [largest(true), largest(false)];
}

test.each([
  ["Conv1d(8, 8, 9, padding = 4)", [2, 8, 64]],
  ["Conv2d(8, 8, 3, padding = 1)", [2, 8, 16, 16]],
  ["Conv2d(8, 8, 3, padding = 1, groups = 2, with_bias = false)", [2, 8, 16, 16]],
  ["Conv2d(8, 8, 7, padding = 3, groups = 8)", [2, 8, 16, 16]],
  ["Conv2d(8, 8, 3, padding = 4, dilation = 4)", [2, 8, 16, 16]],
  ["Conv3d(4, 4, 3, padding = 1)", [2, 4, 8, 8, 8]],
  ["ConvTranspose2d(8, 8, 3, padding = 1)", [2, 8, 16, 16]],
] as const)("%s", (layer, shape) => {
  const [kept, given] = sizesOf(layer, shape);
  expect(kept).toBeLessThanOrEqual(given);
});
