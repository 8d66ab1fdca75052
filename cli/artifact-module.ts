// The module of an artifact: one function for each entry and training step, typed by its inputs and results.
import type { Artifact, EntryPlan, InputPlan, StepPlan } from "../runtime/format.js";

/** Entries that can be called by name: gradients and losses have dotted names and are run through the session. */
const callable = <T extends EntryPlan>(entries: readonly T[]): readonly T[] =>
  entries.filter(({ name }) => /^[A-Za-z_]\w*$/.test(name));

/** The text of `index.js`; `what` is the expression for what is loaded, by default the folder that the module lies in. */
export function artifactModule(
  { entries, steps }: Artifact,
  what = 'new URL(".", import.meta.url)',
): string {
  const call = ({ name }: EntryPlan): string =>
    `      ${name}: (inputs) => session.run("${name}", inputs),\n`;
  const step = ({ name }: StepPlan): string =>
    `      ${name}: (inputs, scalars) => session.trainStep("${name}", inputs, scalars),\n`;
  return `// Written by dl build: opens this artifact on a device. Needs adjoint/runtime and no compiler.
import { load } from "adjoint/runtime";

export async function open(options) {
  const session = await load(${what}, options);
  return {
    session,
    entries: {
${callable(entries).map(call).join("")}    },
    steps: {
${callable(steps).map(step).join("")}    },
  };
}
`;
}

/** The text of `index.d.ts`: a wrong name, dtype or number of axes, or a missing input, is an error of TypeScript. */
export function artifactTypes({ entries, steps }: Artifact): string {
  return `// Written by dl build: the typed entries of this artifact.
import type { Input, LoadOptions, Session, StepResult, Tensor } from "adjoint/runtime";

/** The model on a device. */
export interface Opened {
  readonly session: Session;
  readonly entries: {
${callable(entries).map(entryType).join("")}  };
  readonly steps: {
${callable(steps).map(stepType).join("")}  };
}

/** Opens this artifact, with its weights where it has some; on a device of its own where none is given. */
export function open(options?: LoadOptions): Promise<Opened>;
`;
}

/** Declares a module that gives an artifact, named by a pattern with one `*` as TypeScript has it. */
export function ambientModule(pattern: string, artifact: Artifact): string {
  const body = artifactTypes(artifact).split("\n").slice(1, -1);
  return `declare module ${JSON.stringify(pattern)} {
${body.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}

  const model: { readonly open: typeof open };
  export default model;
}
`;
}

const entryType = (entry: EntryPlan): string => {
  const results = entry.program.results
    .filter(({ role }) => role === "result")
    .map(({ name, tensor, shape }) => {
      const dtype = entry.program.tensors[tensor]?.dtype ?? "f32";
      return `readonly ${keyOf(name)}: Tensor<"${dtype}", ${shapeType(shape.length)}>`;
    });
  const inputs = argument(entry.inputs);
  return `    ${entry.name}(inputs: ${inputs}): Promise<{ ${results.join("; ")} }>;\n`;
};

/** Seed and number of a step are given apart from its tensors. */
const stepType = ({ name, inputs }: StepPlan): string => {
  const isApart = (input: InputPlan): boolean =>
    input.role === "scalar" && ["seed", "step"].includes(input.name);
  const own = argument(inputs.filter((input) => !isApart(input)));
  const scalars = "scalars?: { readonly seed?: number; readonly step?: number }";
  return `    ${name}(inputs: ${own}, ${scalars}): Promise<StepResult>;\n`;
};

function argument(inputs: readonly InputPlan[]): string {
  const fields = inputs.map(
    ({ name, text, dtype, shape }) =>
      `      /** \`${text.replaceAll("*/", "* /")}\` */\n      readonly ${keyOf(name)}: Input<"${dtype}", ${shapeType(shape.length)}>;\n`,
  );
  return `{\n${fields.join("")}    }`;
}

const keyOf = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

const shapeType = (rank: number): string =>
  `readonly [${Array.from({ length: rank }, () => "number").join(", ")}]`;
