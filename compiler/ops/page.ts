// The reference page of the primitives, from their records.
import { Graph } from "../ir/graph.js";
import type { Op, Value } from "../ir/op.js";
import { showAttrs } from "../ir/print.js";
import { show } from "../types/dim.js";
import { isFloat } from "../types/dtype.js";
import { showType } from "../types/tensor.js";
import { flopsOf } from "./flops.js";
import { fillLike } from "./broadcast.js";
import { families } from "./index.js";
import { leafOf } from "./leaf.js";

/** The page as Markdown: a table for each family. Examples are the first samples of the records. */
export function opsPage(): string {
  const tables = families.map(({ title, ops }) => {
    const rows = ops.map((record) => row(record)).join("\n");
    return `## ${title}\n\n| primitive | what it is | example | gradient to | work |\n| --- | --- | --- | --- | --- |\n${rows}\n`;
  });
  return `# Primitives\n\nGenerated from the records in \`compiler/ops/\`; the functions of the language are built from them, in \`compiler/check/primitives/\` or in \`.dl\`.\n\n${tables.join("\n")}`;
}

function row(record: Op): string {
  const operands = record.operands.map((name, i) =>
    record.isVariadic && i === record.operands.length - 1 ? `${name}…` : name,
  );
  const example = exampleOf(record);
  const cells = [
    `\`${record.name}(${operands.join(", ")})\``,
    record.doc,
    example ? `\`${signature(record, example)}\`` : "",
    example ? gradients(record, example) : "",
    example ? `\`${show(flopsOf(example))}\`` : "",
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The first sample of a record as a value. */
function exampleOf(record: Op): Value | undefined {
  const [sample] = record.samples;
  if (!sample) return undefined;
  const graph = new Graph();
  const operands = sample.operands.map(({ dtype, shape }, i) =>
    leafOf(graph, { name: `x${String(i)}`, role: "input", dtype, shape }),
  );
  return graph.emit(record, operands, sample.attrs);
}

function signature(record: Op, { operands, attrs, type }: Value): string {
  const inside = [...operands.map((o) => showType(o.type)), showAttrs(attrs)];
  return `${record.name}(${inside.filter((text) => text !== "").join(", ")}) -> ${showType(type)}`;
}

/** The operands that a cotangent of the result reaches. */
function gradients(record: Op, out: Value): string {
  if (!isFloat(out.type.dtype)) return "none";
  // What reaches the operands of a scan depends on its body, and of a fused op on its definition.
  if (record.lower.kind === "scan" || !record.vjp)
    return record.operands.map((n) => `\`${n}\``).join(", ");
  const pulled = record.vjp(fillLike(out, 1), out.operands, out, out.attrs);
  const names = out.operands.flatMap((_, i) =>
    pulled[i] ? [record.operands[Math.min(i, record.operands.length - 1)] ?? ""] : [],
  );
  return names.length === 0 ? "none" : [...new Set(names)].map((n) => `\`${n}\``).join(", ");
}
