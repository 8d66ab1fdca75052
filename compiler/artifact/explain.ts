// Says what each kernel of a model computes and why: what was claimed into it, what it computes again, and why it stores what it stores.
import type { Choice } from "../codegen/choice.js";
import { recordOf, type ScheduleRecord } from "../codegen/record.js";
import { placeOf } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { Compiled, Program } from "../ir/program.js";
import { schedule, type Group, type Planned } from "../schedule/index.js";
import { showType } from "../types/tensor.js";
import { specOf } from "./launches.js";

/** What one kernel, or the loop of one scan, does. */
export interface KernelDecision {
  readonly kind: "kernel";
  /** Entry or training step. */
  readonly of: string;
  readonly group: Group["kind"];
  readonly origin?: string;
  /** Names of the ops that it computes for itself, in order. */
  readonly fused: readonly string[];
  /** Ops of other kernels that it computes again, since that is cheaper than reading them. */
  readonly again: readonly string[];
  readonly reads: number;
  readonly stores: readonly { readonly value: string; readonly reason: string }[];
  readonly reason: string;
  /** How it is computed, where there is a choice, and what that was chosen by. */
  readonly schedule?: ScheduleRecord;
  readonly chosenBy?: "sizes" | "measurement";
}

/** The kernels of every entry and training step, in the order in which they run. */
export const explainKernels = (
  { entries, steps }: Compiled,
  choice: Choice,
): readonly KernelDecision[] =>
  [...entries, ...steps].flatMap(({ name, program }) => kernelsOf(name, program, choice));

function kernelsOf(of: string, program: Program, choice: Choice): readonly KernelDecision[] {
  const scheduled = schedule(program, choice.target.storageBuffers);
  const { order } = scheduled;
  const results = new Map(program.outputs.map((o) => [o.value, `${o.role} ${o.name}`]));
  return order.map(({ group, reads, writes }): KernelDecision => {
    const span = [...writes].find((v) => v.spans.length > 0)?.spans[0];
    return {
      kind: "kernel",
      of,
      group: group.kind,
      ...(span ? { origin: placeOf(span) } : {}),
      fused: namesOf(group.members.keys()),
      again: namesOf([...group.recomputes].filter((v) => v.op.lower.kind === "pointwise")),
      reads: reads.size,
      stores: [...writes].map((v) => ({
        value: `${v.op.name} ${showType(v.type)}`,
        reason: whyStored(v, results, order),
      })),
      reason: reasons[group.kind],
      ...scheduledBy(group, (value) => scheduled.isRead(value, group), choice),
    };
  });
}

function scheduledBy(
  group: Group,
  isRead: (value: Value) => boolean,
  { target, tuned }: Choice,
): Pick<KernelDecision, "schedule" | "chosenBy"> {
  if (group.kind === "loop") return {};
  const spec = specOf(group, isRead);
  const measured = tuned?.(spec, isRead);
  const record = measured ?? recordOf(spec, target);
  return record ? { schedule: record, chosenBy: measured ? "measurement" : "sizes" } : {};
}

const namesOf = (values: Iterable<Value>): readonly string[] =>
  [...values].sort((a, b) => a.id - b.id).map((v) => v.op.name);

function whyStored(
  value: Value,
  results: ReadonlyMap<Value, string>,
  order: readonly Planned[],
): string {
  const readers = order.filter((p) => p.reads.has(value)).length;
  const read = `read by ${String(readers)} ${readers === 1 ? "kernel" : "kernels"}`;
  const result = results.get(value);
  return result === undefined ? read : readers === 0 ? result : `${result}, ${read}`;
}

const reasons: Readonly<Record<Group["kind"], string>> = {
  contract: "a product; what follows it element by element is claimed into it",
  rows: "reductions over the same axes of one shape share their passes; what they are made from and what is made of each row joins",
  map: "values over the same elements that no product or reduction could claim",
  scatter: "rows added up by number",
  fused:
    "several products and reductions in one kernel, whose values between them are never stored",
  loop: "all rounds of a scan; each round has kernels of its own",
};
