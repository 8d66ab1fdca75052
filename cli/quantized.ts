// What storing parameters as codes takes and costs: bytes, and how far the numbers move.
import { bytesOf } from "../compiler/artifact/variables.js";
import type { VariableSpec } from "../compiler/ir/program.js";
import { codingError, encode, type CodingError } from "../runtime/coded.js";
import { storageText } from "../runtime/coded-files.js";
import type { Tensors } from "./backend.js";
import { showBytes } from "./sizes.js";

/** A parameter that is stored as codes. */
export interface QuantizedInfo {
  readonly path: string;
  /** As it is written: `nf4(block = 64)`. */
  readonly format: string;
  readonly numbers: number;
  readonly bytes: number;
  /** Where weights in float were given: how far what is stored is from them. */
  readonly error?: CodingError;
}

/** The parameters of a model that are stored as codes, with the errors for some weights. */
export function quantizedOf(
  variables: readonly VariableSpec[],
  weights?: Tensors,
): readonly QuantizedInfo[] {
  return variables.flatMap((variable): QuantizedInfo[] => {
    const { path, shape, storage } = variable;
    if (!storage) return [];
    const given = weights?.get(path);
    const isFloat = given && !(given.data instanceof Uint32Array);
    const error = isFloat
      ? { error: codingError(given.data, encode(given.data, storage), storage) }
      : {};
    const numbers = shape.reduce((a, b) => a * b, 1);
    const format = storageText(storage);
    return [{ path, format, numbers, bytes: bytesOf(variable), ...error }];
  });
}

/** One line for each format, and one for each parameter whose error is known. */
export function quantizedText(quantized: readonly QuantizedInfo[]): readonly string[] {
  const formats = [...new Set(quantized.map(({ format }) => format))];
  return formats.flatMap((format) => {
    const own = quantized.filter((q) => q.format === format);
    const numbers = own.reduce((sum, q) => sum + q.numbers, 0);
    const bytes = own.reduce((sum, q) => sum + q.bytes, 0);
    const each = numbers === 0 ? "" : `, ${((8 * bytes) / numbers).toFixed(2)} bits each`;
    const head = `stored as ${format}: ${numbers.toLocaleString("en-US")} numbers in ${showBytes(bytes)}${each}`;
    const width = Math.max(0, ...own.map(({ path }) => path.length));
    const rows = own.flatMap(({ path, error }) =>
      error
        ? [
            `  ${path.padEnd(width)}  error ${percent(error.relative)} of its norm, at most ${error.largest.toPrecision(3)}`,
          ]
        : [],
    );
    return [head, ...rows];
  });
}

const percent = (x: number): string => `${(100 * x).toPrecision(3)} %`;
