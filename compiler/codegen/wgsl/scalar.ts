// Spells literals and element types in WGSL.
import type { Dtype } from "../../types/dtype.js";

/** Type of one element in memory: booleans take a word. */
export const storageType = (dtype: Dtype): string => (dtype === "bool" ? "u32" : dtype);

/** Largest finite f32; stands for infinity, which WGSL has no literal for and compilers may assume away. */
const largest = 3.4028234663852886e38;

/** An exact literal of a dtype. */
export function printLiteral(value: number, dtype: Dtype): string {
  switch (dtype) {
    case "bool":
      return value === 0 ? "false" : "true";
    case "i32":
      return value === -2147483648
        ? "i32(-2147483647 - 1)"
        : value < 0
          ? `i32(${String(value)})`
          : `${String(value)}i`;
    case "u32":
      return `${String(value >>> 0)}u`;
    case "f16":
    case "f32":
      return printFloat(value);
  }
}

/** Kernels compute with halves in float32. */
function printFloat(value: number): string {
  const finite = Number.isNaN(value) ? 0 : Math.max(-largest, Math.min(largest, value));
  const rounded = Math.fround(finite);
  const digits = shortest(rounded);
  const suffixed = `${/[.e]/.test(digits) ? digits : `${digits}.0`}f`;
  return rounded < 0 ? `(${suffixed})` : suffixed;
}

/** The fewest digits that still read back as the same f32. */
function shortest(value: number): string {
  // Rounded to fewer digits, the largest value would read as an overflow.
  if (Math.abs(value) === largest) return String(value);
  for (let digits = 6; digits < 10; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(value);
}
