// The importer of ONNX's graphs, on models written here: files are read back as written, and programs say what the nodes say.
import { expect, test } from "vitest";
import { readModel, type Tensor } from "./external/onnx/model.js";
import { outcomeOf } from "./external/onnx/outcome.js";
import { ints, single, type Sketch } from "./external/onnx/random/sketch.js";

const x: Tensor = { dtype: "f32", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };

const outcome = ({ bytes, given }: Sketch, shape: readonly number[], data: readonly number[]) => {
  const { graph, version } = readModel(bytes);
  const expected: readonly Tensor[] = [{ dtype: "f32", shape, data }];
  return outcomeOf({ title: "", operator: "", graph, version, given, expected }, undefined);
};

test("a model is read back as it was written", () => {
  const { bytes } = single("Softmax", [x], { axis: -2, alpha: { float: 0.5 }, mode: "fast" });
  const { graph, version } = readModel(bytes);
  expect(version).toBe(17);
  expect(graph.inputs).toEqual([
    { name: "x0", element: "float32", type: { dtype: "f32", shape: [2, 3] } },
  ]);
  const [node] = graph.nodes;
  expect(node?.op).toBe("Softmax");
  expect(node?.attributes.get("axis")?.i).toBe(-2);
  expect(node?.attributes.get("alpha")?.f).toBe(0.5);
});

test("a slice that runs backwards is the slice of a flipped tensor", async () => {
  const model = single("Slice", [x, ints(2), ints(-99), ints(1), ints(-2)]);
  const found = await outcome(model, [2, 2], [3, 1, 6, 4]);
  expect(found.kind).toBe("passed");
  expect(found.kind === "passed" ? found.program.text : "").toContain("flip(x0, axis = 1)");
});

test("numbers that are wrong fail, and say where", async () => {
  const found = await outcome(single("Neg", [x]), [2, 3], [-1, -2, -3, -4, -5, 6]);
  expect(found).toEqual({ kind: "failed", reason: "reference: -6 against 6 at 5 of result 0" });
});

test("a size that depends on numbers is a miss with its reason", async () => {
  const found = await outcome(single("Unique", [x]), [6], x.data);
  expect(found).toEqual({
    kind: "missed",
    reason: "the size of the result depends on the numbers given, and shapes are types",
  });
});
