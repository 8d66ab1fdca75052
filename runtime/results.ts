// Reads the results of a call back from the device.
import type { Command, Device } from "./device.js";
import { bytesOf } from "./format.js";
import { fromWords, type TensorValue } from "./inputs.js";
import type { ResultRange } from "./program.js";

/** Whether a result is for the caller, rather than for what runs behind the program. */
export const isHandedBack = ({ plan: { role } }: ResultRange): boolean =>
  role === "result" || role === "gradient";

/** Runs commands, and then reads results by name. */
export async function readBack(
  device: Device,
  commands: readonly Command[],
  wanted: readonly ResultRange[],
): Promise<Record<string, TensorValue>> {
  const bytes = await device.run(
    commands,
    wanted.map((r) => r.range),
  );
  return Object.fromEntries(
    wanted.map(({ plan, dtype, shape }, i) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return [
        plan.name,
        { dtype, shape, data: fromWords(dtype, bytes[i] ?? new ArrayBuffer(0), count) },
      ];
    }),
  );
}

/** The last row of a result, at the end of a result of its own: a half may stand in front of it, since ranges start at whole words. */
export function lastRowOf(result: ResultRange): ResultRange {
  const { buffer, offset = 0, size = 0 } = result.range;
  const count = result.shape.at(-1) ?? 1;
  const before = Math.max(0, result.shape.reduce((a, b) => a * b, 1) - count);
  const inWord = result.dtype === "f16" ? before % 2 : 0;
  const from = bytesOf(result.dtype, before - inWord);
  const bytes = Math.min(size - from, bytesOf(result.dtype, count + inWord));
  const range = { buffer, offset: offset + from, size: bytes };
  return { ...result, shape: [inWord + count], range };
}
