// The node tests of ONNX as Debian packages them: which of them count, their models and their numbers.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readModel, readTensor, type Tensor } from "./model.js";
import type { Case } from "./outcome.js";

/** Element types that Adjoint holds, 64-bit integers as 32-bit ones. */
const held = new Set(["float32", "int32", "int64", "uint32", "bool"]);

/**
 * The tests that count: not expanded into other operators (`_expanded` in the name), with all inputs and results of element
 * types that Adjoint holds, at least one of them float32.
 */
export function readCases(folder: string): {
  readonly all: number;
  readonly cases: readonly Case[];
} {
  const titles = readdirSync(folder).sort();
  const cases = titles.flatMap((title) => {
    if (title.includes("_expanded")) return [];
    const { graph, version } = readModel(readFileSync(join(folder, title, "model.onnx")));
    const elements = [...graph.inputs, ...graph.outputs].map(({ element }) => element);
    if (!elements.includes("float32") || !elements.every((element) => held.has(element))) return [];
    const numbers = join(folder, title, "test_data_set_0");
    const inputs = readNumbers(numbers, "input");
    const given = new Map(
      graph.inputs.flatMap(({ name }, i) => (inputs[i] ? [[name, inputs[i]] as const] : [])),
    );
    const operator = graph.nodes.at(-1)?.op ?? "";
    const expected = readNumbers(numbers, "output");
    return [{ title, operator, graph, version, given, expected }];
  });
  return { all: titles.length, cases };
}

function readNumbers(folder: string, kind: "input" | "output"): readonly Tensor[] {
  const tensors: Tensor[] = [];
  for (let i = 0; existsSync(join(folder, `${kind}_${String(i)}.pb`)); i++)
    tensors.push(readTensor(readFileSync(join(folder, `${kind}_${String(i)}.pb`))));
  return tensors;
}
