// Operators that multiply matrices.
import { list, num, range, type Call, type Family } from "../writer.js";

/** `alpha A B + beta C`, both matrices transposed where the node says so. */
function gemm(call: Call): string {
  const a = call.int("transA", 0) === 1 ? `${call.x(0)}.T` : call.x(0);
  const b = call.int("transB", 0) === 1 ? `${call.x(1)}.T` : call.x(1);
  const alpha = call.float("alpha", 1);
  const scaled = alpha === 1 ? `${a} @ ${b}` : `${num(alpha)} * (${a} @ ${b})`;
  if (!call.has(2)) return scaled;
  const beta = call.float("beta", 1);
  return `${scaled} + ${beta === 1 ? "" : `${num(beta)} * `}${call.x(2)}`;
}

/** A factor under leading axes of 1, where both sides would have to stretch along the batch. */
function factor(call: Call, index: number, rank: number): string {
  const shape = call.shape(index);
  const lead = rank - shape.length;
  const isOpen = call
    .shape(1 - index)
    .slice(0, -2)
    .includes(1);
  if (lead <= 0 || shape.length < 3 || !isOpen) return call.x(index);
  return call.let(`reshape(${call.x(index)}, ${list([...range(lead).map(() => 1), ...shape])})`);
}

/** Vectors are matrices of one row or one column for the time of the product. */
function matmul(call: Call): string {
  const [a, b] = [call.rank(0), call.rank(1)];
  if (a > 1 && b > 1) {
    const rank = Math.max(a, b);
    return `${factor(call, 0, rank)} @ ${factor(call, 1, rank)}`;
  }
  const left = a === 1 ? call.let(`reshape(${call.x(0)}, [1, -1])`) : call.x(0);
  const right = b === 1 ? call.let(`reshape(${call.x(1)}, [-1, 1])`) : call.x(1);
  const shape = [...call.shape(0).slice(0, -1), ...(b === 1 ? [] : call.shape(1).slice(-1))];
  if (a === 1 && b > 1) shape.unshift(...call.shape(1).slice(0, -2));
  return `reshape(${left} @ ${right}, [${shape.join(", ")}])`;
}

/** The determinant by expansion along the first row, for the small matrices that graphs have. */
function determinant(call: Call): string {
  const x = call.x();
  const lead = range(call.rank() - 2).map(() => ":");
  const size = call.shape().at(-1) ?? 1;
  const at = (row: number, column: number): string => `${x}[${[...lead, row, column].join(", ")}]`;
  const minor = (row: number, columns: readonly number[]): string => {
    const [only = 0] = columns;
    if (columns.length === 1) return at(row, only);
    const terms = columns.map((column, i) => {
      const rest = minor(
        row + 1,
        columns.filter((other) => other !== column),
      );
      return `${i % 2 === 1 ? "- " : i > 0 ? "+ " : ""}${at(row, column)} * (${rest})`;
    });
    return terms.join(" ");
  };
  return minor(0, range(size));
}

/** A sum of products by an equation of one-letter axes. */
function einsum(call: Call): string {
  const [left = "", right] = call.word("equation", "").replaceAll(" ", "").split("->");
  const spaced = (axes: string): string =>
    axes.replace("...", "…").split("").join(" ").replace("…", "...");
  const counts = new Map<string, number>();
  for (const axis of left.replaceAll(/[,.]/g, "")) counts.set(axis, (counts.get(axis) ?? 0) + 1);
  const implied = [...counts]
    .filter(([, n]) => n === 1)
    .map(([axis]) => axis)
    .sort()
    .join("");
  const lead = left.includes("...") ? "..." : "";
  const inputs = left.split(",").map(spaced).join(", ");
  return `einsum(${call.xs().join(", ")}, [${inputs} -> ${spaced(right ?? lead + implied)}])`;
}

/** Operators that multiply matrices. */
export const products: Family = {
  Gemm: gemm,
  MatMul: matmul,
  Det: determinant,
  Einsum: einsum,
};
