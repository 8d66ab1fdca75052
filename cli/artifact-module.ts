// The module of an artifact: one function for each entry, typed by its inputs and results.
import type { Artifact, EntryPlan } from "../runtime/format.js";

/** Entries that can be called by name: gradients and losses have dotted names and are run through the session. */
const callable = ({ entries }: Artifact): readonly EntryPlan[] =>
  entries.filter(({ name }) => /^\w+$/.test(name));

/** The text of `index.js`. */
export function artifactModule(artifact: Artifact): string {
  const functions = callable(artifact).map(
    ({ name }) => `    ${name}: (inputs) => session.run("${name}", inputs),\n`,
  );
  return `// Written by dl build: opens this artifact on a device. Needs adjoint/runtime and no compiler.
import { openFolder } from "adjoint/runtime";

async function read(name) {
  const url = new URL(name, import.meta.url);
  if (url.protocol !== "file:") return new Uint8Array(await (await fetch(url)).arrayBuffer());
  const { readFile } = await import("node:fs/promises");
  return new Uint8Array(await readFile(url));
}

export async function open(options) {
  const session = await openFolder(read, options);
  return {
    session,
${functions.join("")}  };
}
`;
}

/** The text of `index.d.ts`. */
export function artifactTypes(artifact: Artifact): string {
  const functions = callable(artifact).map((entry) => {
    const inputs = entry.inputs.map(
      ({ name, text }) => `    /** \`${text}\` */\n    readonly ${name}: InputValue;\n`,
    );
    const results = entry.program.results
      .filter(({ role }) => role === "result")
      .map(({ name }) => `readonly ${name}: TensorValue`);
    return `  ${entry.name}(inputs: {\n${inputs.join("")}  }): Promise<{ ${results.join("; ")} }>;\n`;
  });
  return `// Written by dl build: the typed entries of this artifact.
import type { InputValue, OpenOptions, Session, TensorValue } from "adjoint/runtime";

/** The model on a device. */
export interface Opened {
  readonly session: Session;
${functions.join("")}}

/** Opens this artifact; its weights are loaded where it has some. */
export function open(options: OpenOptions): Promise<Opened>;
`;
}
