// What must hold of every graph, between all passes.
import { same } from "../types/dim.js";
import { sameShape, showType } from "../types/tensor.js";
import type { Requirement, Value } from "./op.js";
import type { LeafSpec, Program, ScanSpec } from "./program.js";

/** Whether a requirement follows from the facts in scope. */
export type Prove = (requirement: Requirement) => boolean;

/** Equality of canonical forms: all that can be said without facts. */
const byForm: Prove = ({ relation, left, right }) => relation === "==" && same(left, right);

/** Requirements of inequality are only checked by who has facts: without any, they are taken as proved before. */
const trusting: Prove = (requirement) => requirement.relation !== "==" || byForm(requirement);

/** The faults of a program, in words; none for a sound one. */
export function verify(program: Program, prove: Prove = trusting): string[] {
  const { graph, outputs } = program;
  const faults = graph.values.flatMap((value, i) => valueFaults(program, value, i, prove));
  const scans = graph.values.filter((value) => value.op.lower.kind === "scan");
  for (const body of new Set(scans.map((value) => (value.attrs as ScanSpec).body))) {
    faults.push(...verify(body, prove).map((fault) => `in a scan, ${fault}`));
  }
  const leaves = new Map<string, Value>();
  for (const value of graph.values) {
    if (value.op.lower.kind !== "leaf") continue;
    const { role, name } = value.attrs as LeafSpec;
    if (leaves.has(`${role} ${name}`)) faults.push(`there are two leaves for ${role} ${name}`);
    leaves.set(`${role} ${name}`, value);
  }
  for (const { name, value } of outputs) {
    if (graph.values[value.id] !== value) faults.push(`result ${name} is no value of the graph`);
  }
  return faults;
}

function valueFaults({ graph }: Program, value: Value, place: number, prove: Prove): string[] {
  const name = `${value.op.name} at ${String(place)}`;
  const faults: string[] = [];
  if (value.graph !== graph || value.id !== place)
    faults.push(`${name} has id ${String(value.id)}`);
  for (const operand of value.operands) {
    if (operand.id >= place || graph.values[operand.id] !== operand) {
      faults.push(`${name} comes before its operand`);
    }
  }
  const typing = value.op.type(
    value.operands.map((operand) => operand.type),
    value.attrs,
  );
  if ("problem" in typing) return [...faults, `${name}: ${typing.problem}`];
  const { type, requires = [] } = typing;
  if (type.dtype !== value.type.dtype || !sameShape(type.shape, value.type.shape)) {
    faults.push(`${name} is ${showType(value.type)} but should be ${showType(type)}`);
  }
  const unproved = requires.filter((requirement) => !prove(requirement));
  return [...faults, ...unproved.map(({ code }) => `${name}: ${code} is not proved`)];
}
