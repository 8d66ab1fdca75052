// A small network with adapters, its weights and its adapter file in a folder of their own, for tests of commands.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeAdapter } from "../../cli/adapters/file.js";
import { fingerprintOf } from "../../cli/adapters/fingerprint.js";
import type { Tensors } from "../../cli/backend.js";
import { writeSafetensors } from "../../cli/files.js";
import { openPackage } from "../../cli/host.js";
import { compile, type Compiled } from "../../compiler/index.js";
import { temporaryFolder } from "./cli.js";
import { uniform } from "./peers.js";

const folder = temporaryFolder();
/** A path in the folder. */
export const at = (name: string): string => join(folder, name);

const text = `import { Linear } from "std/nn"
import { dora, lora } from "std/adapters"

model Net(F = 8) {
  up = Linear(6, F)
  down = Linear(F, 5)
  fn forward(x: [B, 6]) -> [B, 5] = x |> up |> tanh |> down
}
model Tuned = Net with { adapt {up, down} by lora(rank = 2, alpha = 6, dropout = 0.1) }
model Wider = Net with { adapt {up, down} by lora(rank = 3, alpha = 6) }
model Other = Net with { adapt {up, down} by lora(rank = 2, alpha = 8) }
model Calm = Net with { adapt {up, down} by lora(rank = 2, alpha = 6) }
model Half = Net with { adapt up by lora(rank = 2, alpha = 6, dropout = 0.1) }
model Turned = Net with { adapt {up, down} by dora(rank = 2, alpha = 6) }
`;
writeFileSync(at("net.dl"), text);

/** Builds a model of `net.dl`, which lies in the folder. */
export function build(model: string, sets: Readonly<Record<string, string>> = {}): Compiled {
  const compiled = compile({ path: "net.dl", text }, openPackage("tests").host, { model, sets });
  if (compiled.ok) return compiled.value;
  throw new Error(compiled.diagnostics.map((d) => d.title).join("\n"));
}

/** Numbers for all parameters. */
export const drawn = ({ variables }: Compiled, seed = 1): Tensors =>
  new Map(
    variables.map(({ path, shape }, i) => {
      const data = uniform(
        shape.reduce((a, b) => a * b, 1),
        seed + i,
        1,
      );
      return [path, { dtype: "f32" as const, shape, data }] as const;
    }),
  );

/** The model `Tuned`, all its numbers, its base among them, and the fingerprint of that. */
export const tuned = build("Tuned");
export const values = drawn(tuned);
export const baseOf = (all: Tensors): Tensors =>
  new Map([...all].filter(([path]) => /weight|bias/.test(path)));
export const base = fingerprintOf(tuned.variables, values);
writeAdapter(at("tuned.safetensors"), tuned, values, base);
writeSafetensors(at("base.safetensors"), baseOf(values));
