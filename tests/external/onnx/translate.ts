// From a graph of ONNX to a program of Adjoint: one function whose inputs are those that it reads when it runs.
import { graphOf, type Graph, type Node, type Tensor, type TensorType } from "./model.js";
import { folded } from "./operators/fold.js";
import { translators } from "./operators/index.js";
import { Call, Miss, typeText, Writer, type Given, type Operand, type Result } from "./writer.js";

/** A program and what it takes and gives, by the names of the graph. */
export interface Program {
  readonly text: string;
  /** For each input of the program, the name in the graph of what it takes. */
  readonly inputs: readonly { readonly name: string; readonly from: string }[];
  /** For each result of the graph that the node test compares, the name in the program. */
  readonly outputs: readonly { readonly name: string; readonly type: TensorType }[];
}

/** The name of the one function of a program. */
export const entryName = "run";

type Operands = ReadonlyMap<string, Operand>;

/**
 * Writes the program of a graph. `given` holds numbers of its inputs: they tell the types, and sizes and axes among them are
 * written into the program. Throws a `Miss` with the reason where there is no program.
 */
export function translate(
  graph: Graph,
  version: number,
  given: ReadonlyMap<string, Tensor>,
  wanted: readonly TensorType[],
): Program {
  const writer = new Writer();
  const operands = new Map<string, Operand>();
  graph.inputs.forEach(({ name, type }, i) => {
    const known = given.get(name);
    const found = known ? { dtype: known.dtype, shape: known.shape } : type;
    if (!found) throw new Miss(`the type of the input \`${name}\` is not known`);
    operands.set(name, { text: `x${String(i)}`, type: found, known, isConstant: false });
  });
  addConstants(graph, operands);
  const types = new Map(graph.outputs.map(({ name }, i) => [name, wanted[i]]));
  runNodes(graph, version, operands, types, writer);
  const results = graph.outputs.map(({ name }) => found(operands, name));
  const values = results.map((result) => writer.read(result));
  const inputs = graph.inputs.flatMap(({ name }) => {
    const { text } = found(operands, name);
    return writer.reads(text) ? [{ name: text, from: name }] : [];
  });
  const outputs = results.map(({ type }, i) => ({
    name: results.length === 1 ? "out" : `y${String(i)}`,
    type: wanted[i] ?? type,
  }));
  return { text: programText(writer, operands, inputs, values, outputs), inputs, outputs };
}

function addConstants(graph: Graph, operands: Map<string, Operand>): void {
  for (const [name, known] of graph.constants) {
    const { dtype, shape } = known;
    operands.set(name, { text: name, type: { dtype, shape }, known, isConstant: true });
  }
}

function found(operands: Operands, name: string): Operand {
  const operand = operands.get(name);
  if (operand) return operand;
  throw new Miss(`nothing gives \`${name}\``);
}

/** Translates nodes in order; afterwards `operands` holds their results too. */
function runNodes(
  graph: Graph,
  version: number,
  operands: Map<string, Operand>,
  types: ReadonlyMap<string, TensorType | undefined>,
  writer: Writer,
): void {
  const between = new Map(graph.between.map(({ name, type }) => [name, type]));
  const inline = (proto: Parameters<typeof graphOf>[0], inputs: readonly Operand[]) =>
    runInner(graphOf(proto), version, new Map(operands), inputs, writer);
  for (const node of graph.nodes) {
    const given = node.inputs.map((name) => (name === "" ? undefined : found(operands, name)));
    const results = node.outputs.map((name) => types.get(name) ?? between.get(name));
    const call = new Call(node, version, given, results, writer, inline);
    const texts = translateNode(node, call);
    for (const [i, name] of node.outputs.entries())
      if (name !== "") operands.set(name, operandOf(node, call, texts[i], results[i], i));
  }
}

/** Translates a graph that stands inside of another one and sees its values. */
function runInner(
  graph: Graph,
  version: number,
  operands: Map<string, Operand>,
  inputs: readonly Operand[],
  writer: Writer,
): readonly Operand[] {
  for (const [i, { name }] of graph.inputs.entries()) {
    const operand = inputs[i];
    if (operand) operands.set(name, operand);
  }
  addConstants(graph, operands);
  const types = new Map(graph.outputs.map(({ name, type }) => [name, type]));
  runNodes(graph, version, operands, types, writer);
  return graph.outputs.map(({ name }) => found(operands, name));
}

function translateNode(node: Node, call: Call): readonly Given[] {
  const known = folded(call);
  if (known) return [{ known }];
  const translator = translators[node.op];
  if (!translator) throw new Miss(`no translation of ${node.op}`);
  const results = translator(call);
  return typeof results === "string" ? [results] : results;
}

function operandOf(
  node: Node,
  call: Call,
  result: Given | undefined,
  type: TensorType | undefined,
  index: number,
): Operand {
  if (result === undefined) throw new Miss(`result ${String(index)} of ${node.op}`);
  if (typeof result === "object" && "known" in result) {
    const { known } = result;
    return { text: "", type: { dtype: known.dtype, shape: known.shape }, known, isConstant: true };
  }
  const { text, type: own }: Result = typeof result === "string" ? { text: result } : result;
  const known = own ?? type;
  if (!known) throw new Miss(`the type of a result of ${node.op} is not known`);
  return { text: call.let(text), type: known, known: undefined, isConstant: false };
}

function programText(
  writer: Writer,
  operands: Operands,
  inputs: Program["inputs"],
  values: readonly string[],
  outputs: Program["outputs"],
): string {
  const imports = [...writer.imports].map(
    ([module, names]) => `import { ${[...names].join(", ")} } from "${module}"`,
  );
  const params = inputs.map(({ name, from }) => `${name}: ${typeText(found(operands, from).type)}`);
  const single = outputs.length === 1 ? outputs[0] : undefined;
  const result = single
    ? typeText(single.type)
    : `(${outputs.map(({ name, type }) => `${name}: ${typeText(type)}`).join(", ")})`;
  const body = [...writer.lines, single ? (values[0] ?? "") : `(${values.join(", ")})`];
  return [
    "// Translated from a graph of ONNX.",
    ...imports,
    `fn ${entryName}(${params.join(", ")}) -> ${result} {`,
    ...body.map((line) => `  ${line}`),
    "}",
    "",
  ].join("\n");
}
