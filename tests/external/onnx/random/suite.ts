// Random models of awkward sizes: what ONNX Runtime makes of them, Adjoint has to make of them too.
import { InstallError } from "../../../../cli/setup/apt.js";
import type { Device } from "../../../../runtime/device.js";
import { say, type Summary } from "../../summary.js";
import { readModel } from "../model.js";
import { outcomeOf, type Outcome } from "../outcome.js";
import { drawFrom } from "./draw.js";
import { layers, type Kind } from "./layers.js";
import { operators } from "./operators.js";
import { openOracle, type Oracle } from "./runtime.js";

/** Models of each kind. */
export const each = 4;

const all: Readonly<Record<string, Kind>> = { ...layers, ...operators };

/** How many kinds of models there are. */
export const kinds = Object.keys(all).length;

/** Compares random models of every kind; ADJOINT_SEED draws others. */
export async function randomModels(device: Device | undefined): Promise<Summary> {
  let oracle: Oracle;
  try {
    oracle = openOracle(say);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    const reason = `ONNX RUNTIME CANNOT BE HAD: ${error.message}`;
    return { passed: 0, failed: 1, reasons: [reason, ...error.remedy] };
  }
  const seed = Number(process.env["ADJOINT_SEED"] ?? 1);
  const reasons: string[] = [];
  let passed = 0;
  for (const [i, [title, kind]] of Object.entries(all).entries()) {
    for (let k = 0; k < each; k++) {
      const own = seed * 1_000_003 + i * 1009 + k;
      const outcome = await compared(kind, own, oracle, device);
      if (outcome.kind === "passed") passed += 1;
      else reasons.push(`${title} (seed ${String(own)}): ${outcome.reason}`);
    }
  }
  say(`random models against ONNX Runtime, seed ${String(seed)}: ${String(passed)} agree`);
  return { passed, failed: reasons.length, reasons };
}

async function compared(
  kind: Kind,
  seed: number,
  oracle: Oracle,
  device: Device | undefined,
): Promise<Outcome> {
  const model = kind(drawFrom(seed));
  const { graph, version } = readModel(model.bytes);
  const expected = await oracle(model);
  const operator = graph.nodes.at(-1)?.op ?? "";
  const given = model.given;
  return outcomeOf({ title: operator, operator, graph, version, given, expected }, device);
}
