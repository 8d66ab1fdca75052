// Turns vectors into programs: one model for each file of vectors, with a function for each row.
import { buildArtifact } from "../../compiler/artifact/index.js";
import {
  compile,
  type Compiled,
  type Diagnostic,
  type Entry,
  type Result,
} from "../../compiler/index.js";
import type { LeafSpec } from "../../compiler/ir/program.js";
import { evaluateAll } from "../../compiler/reference/evaluate.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { openPackage } from "../../cli/host.js";
import type { Device } from "../../runtime/device.js";
import { load, type Session } from "../../runtime/index.js";
import { drawn, vectorsOf, type Given, type Vector } from "./vectors.js";

/** A row of the table, ready to run. */
export interface Row {
  readonly title: string;
  readonly vector: Vector;
  readonly program: Rows;
  /** Name of its function, and of the path of its layer. */
  readonly name: string;
}

/** Some rows that are compiled together. */
export interface Rows {
  readonly title: string;
  readonly rows: readonly Row[];
  /** The program of all rows, compiled once; throws an `Error` with what the compiler says. */
  readonly compiled: () => Compiled;
}

/** The rows of a file of vectors: those in training, and those without gradients, apart from the others. */
export function rowsOf(
  group: string,
  isWanted: (index: number) => boolean = () => true,
): readonly Rows[] {
  const vectors = vectorsOf(group).filter((_, index) => isWanted(index));
  const kinds = [
    { title: group, isTraining: false, withGradients: true },
    { title: `${group} without gradients`, isTraining: false, withGradients: false },
    { title: `${group} in training`, isTraining: true, withGradients: true },
  ];
  return kinds.flatMap((kind) => {
    const some = vectors.filter(
      (v) =>
        (v.training ?? false) === kind.isTraining &&
        (v.gradients !== undefined) === kind.withGradients,
    );
    return some.length === 0 ? [] : [together(some, kind)];
  });
}

interface Kind {
  readonly title: string;
  readonly isTraining: boolean;
  readonly withGradients: boolean;
}

function together(vectors: readonly Vector[], kind: Kind): Rows {
  let known: Result<Compiled> | undefined;
  const text = textOf(vectors);
  const source = { path: `${kind.title}.dl`, text };
  const rows: Row[] = [];
  const compiled = (): Compiled => {
    known ??= compile(source, openPackage("tests").host, { model: "Cases", ...kind });
    if (known.ok) return known.value;
    throw new Error(known.diagnostics.map((d) => said(text, d)).join("\n"));
  };
  const program: Rows = { title: kind.title, rows, compiled };
  for (const [i, vector] of vectors.entries())
    rows.push({ title: titleOf(vector), vector, program, name: `c${String(i)}` });
  return program;
}

/** A finding with the line that it is about. */
function said(text: string, { code, title, primary }: Diagnostic): string {
  const line = text.slice(0, primary.span.start).split("\n").length;
  return `${code}: ${title}: ${primary.text}: ${text.split("\n")[line - 1] ?? ""}`;
}

const titleOf = ({ body, layer, inputs }: Vector): string => {
  const shapes = Object.entries(inputs).map(([name, g]) => `${name}: [${g.shape.join(", ")}]`);
  return `${layer === undefined ? "" : `${layer}: `}${body} of ${shapes.join(", ")}`;
};

function textOf(vectors: readonly Vector[]): string {
  const imports = new Set(vectors.flatMap(({ imports: names }) => names ?? []));
  const members = vectors.flatMap((vector, i) => rowText(vector, `c${String(i)}`));
  return [...imports, "model Cases {", ...members, "}", ""].join("\n");
}

function rowText({ body, layer, inputs }: Vector, name: string): readonly string[] {
  const type = ({ dtype, shape }: Given): string =>
    `${dtype === "f32" ? "" : dtype}[${shape.join(", ")}]`;
  const params = Object.entries(inputs).map(([param, given]) => `${param}: ${type(given)}`);
  const value = body.replaceAll("inner", `inner_${name}`);
  const member = layer === undefined ? [] : [`  inner_${name} = ${layer}`];
  return [...member, `  fn ${name}(${params.join(", ")}) = ${value}`];
}

const entryOf = ({ program, name }: Row, isGradient: boolean): Entry | undefined =>
  program.compiled().entries.find((e) => e.name === (isGradient ? `${name}.grad` : name));

/** The tensors of a row by the names of leaves: inputs, parameters, cotangents. */
function leavesOf({ vector, name }: Row): ReadonlyMap<string, Tensor> {
  const { inputs, variables = {}, cotangents = {} } = vector;
  const all: readonly (readonly [string, Given])[] = [
    ...Object.entries(inputs),
    ...Object.entries(variables).map(([path, g]) => [`inner_${name}.${path}`, g] as const),
    ...Object.entries(cotangents).map(([result, g]) => [`cotangents.${result}`, g] as const),
  ];
  return new Map(all.map(([key, given]) => [key, drawn(given)]));
}

/** Results, gradients and states by the names that the vectors give them. */
export interface Outcome {
  readonly results: ReadonlyMap<string, Tensor>;
  readonly gradients: ReadonlyMap<string, Tensor>;
  readonly states: ReadonlyMap<string, Tensor>;
}

/** The name of a variable without the path of the row's layer. */
const short = (row: Row, name: string): string => name.replace(`inner_${row.name}.`, "");

/** Evaluates a row in float64. */
export function evaluated(row: Row): Outcome {
  const known = leavesOf(row);
  const leaves = ({ name }: LeafSpec): Tensor => {
    const tensor = known.get(name);
    if (!tensor) throw new Error(`${row.title} has no tensor for ${name}`);
    return tensor;
  };
  const outputs = (isGradient: boolean, role: string): ReadonlyMap<string, Tensor> => {
    const entry = entryOf(row, isGradient);
    if (!entry) throw new Error(`${row.title} has no entry`);
    const values = evaluateAll(entry.program, { dims: new Map(), leaves });
    return new Map(
      entry.program.outputs.flatMap((o, i) => {
        const value = values[i];
        return o.role === role && value ? [[short(row, o.name), value]] : [];
      }),
    );
  };
  const gradients = row.vector.gradients ? outputs(true, "gradient") : new Map<string, Tensor>();
  const states = row.vector.states ? outputs(false, "state") : new Map<string, Tensor>();
  return { results: outputs(false, "result"), gradients, states };
}

/** Loads a program on a device with the parameters of its rows. */
export async function sessionFor(program: Rows, device: Device): Promise<Session> {
  const compiled = program.compiled();
  const session = await load(buildArtifact(compiled, { target: device.target }), {
    device,
  });
  const paths = new Set(compiled.variables.map(({ path }) => path));
  const variables = program.rows.flatMap((row) =>
    [...leavesOf(row)]
      .filter(([name]) => paths.has(name))
      .map(([name, { data }]) => [name, data] as const),
  );
  session.writeVariables(Object.fromEntries(variables));
  return session;
}

/** Runs a row on a device. */
export async function computed(row: Row, session: Session): Promise<Outcome> {
  const known = leavesOf(row);
  const run = async (isGradient: boolean): Promise<ReadonlyMap<string, Tensor>> => {
    const entry = entryOf(row, isGradient);
    if (!entry) throw new Error(`${row.title} has no entry`);
    const inputs = entry.signature.inputs.flatMap(({ name }) => {
      const tensor = known.get(name);
      return tensor ? [[name, { data: tensor.data, shape: tensor.shape }] as const] : [];
    });
    const found = await session.run(entry.name, Object.fromEntries(inputs));
    return new Map(
      Object.entries(found).map(([name, { data, shape, dtype }]) => [
        short(row, name),
        { dtype, shape, data } as Tensor,
      ]),
    );
  };
  const gradients = row.vector.gradients ? await run(true) : new Map<string, Tensor>();
  return { results: await run(false), gradients, states: new Map() };
}
