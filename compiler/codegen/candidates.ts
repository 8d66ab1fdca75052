// The space in which schedules are searched, declared as data: lists of numbers for each template.
import type { Target } from "../../runtime/format.js";
import type { AttendSchedule } from "./attend.js";
import { lanesOf } from "./attend.js";
import type { ContractSchedule } from "./contractions.js";
import { isAllowed, recordOf, type ScheduleRecord } from "./record.js";
import type { RowsRecord } from "./rows.js";
import type { KernelSpec } from "./spec.js";

/** Values that a field may have. */
type Axes<T> = { readonly [K in keyof T]: readonly T[K][] };

/** Every combination of values, the last field fastest. */
function product<T extends object>(axes: Axes<T>): T[] {
  const fields = Object.entries<readonly unknown[]>(
    axes as Readonly<Record<string, readonly unknown[]>>,
  );
  return fields.reduce<object[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((v) => ({ ...one, [name]: v }))),
    [{}],
  ) as T[];
}

/** Sums of products, without the parts of sums; `lanes` of rows that are handed round are those of a subgroup. */
function contracts(target: Target): ContractSchedule[] {
  const lanes = lanesOf(target);
  const isSoftware = target.adapterClass === "software";
  const parts = [1, 2, 4, 8, 16];
  const own = product<ContractSchedule & { kind: "registers" }>({
    kind: ["registers"],
    rows: [1, 2, 4, 8, 16],
    columns: [1, 2, 4, 8],
    lanes: isSoftware ? [8, 16] : [32, 64],
    depth: [1, 4],
    isShared: [false],
    parts,
  });
  const handed = product<ContractSchedule & { kind: "registers" }>({
    kind: ["registers"],
    rows: [lanes, 2 * lanes, 4 * lanes],
    columns: [1, 2, 4, 8],
    lanes: [lanes],
    depth: [1, 4, 8],
    isShared: [true],
    parts,
  });
  const tiled = product<ContractSchedule & { kind: "tiled" }>({
    kind: ["tiled"],
    rows: [32, 64, 128],
    columns: [32, 64, 128],
    depth: [8, 16, 32],
    ownRows: [2, 4, 8],
    ownColumns: [4, 8],
    parts,
  });
  // Workgroup memory is a copy of memory on a CPU: never faster, and slow to compile.
  return [...own, ...(lanes > 0 ? handed : []), ...(isSoftware ? [] : tiled)];
}

function rows(): RowsRecord[] {
  return [
    ...product<RowsRecord & { kind: "lane" | "group" }>({
      kind: ["lane"],
      workgroupSize: [4, 16, 64, 256],
      registers: [0, 32],
    }),
    ...product<RowsRecord & { kind: "lane" | "group" }>({
      kind: ["group"],
      workgroupSize: [32, 64, 128, 256],
      registers: [0, 16],
    }),
    ...product<RowsRecord & { kind: "split" }>({
      kind: ["split"],
      parts: [8, 32, 64, 256],
      workgroupSize: [16, 64],
    }),
  ];
}

function attends(target: Target): AttendSchedule[] {
  const lanes = lanesOf(target);
  return product<AttendSchedule>({
    rows: [1, 2, 4],
    lanes: [...new Set([...(lanes > 0 ? [lanes] : []), 8, 32, 64])],
    stream: [
      { kind: "direct" },
      { kind: "shared", tile: 8 },
      { kind: "shared", tile: 32 },
      { kind: "handed" },
    ],
    keeping: ["array", "registers"],
    parts: [1],
  });
}

/**
 * All schedules of a kernel that a target allows, other than the one that would be chosen: those that differ from it in the fewest
 * numbers first, since a search may end before it saw all.
 */
export function candidatesOf(spec: KernelSpec, target: Target): readonly ScheduleRecord[] {
  const chosen = recordOf(spec, target);
  if (!chosen) return [];
  return spaceOf(chosen, target)
    .filter((record) => isAllowed(record, spec, target))
    .map((record) => ({ record, away: distance(record.schedule, chosen.schedule) }))
    .filter(({ away }) => away > 0)
    .sort((a, b) => a.away - b.away)
    .map(({ record }) => record);
}

function spaceOf({ template }: ScheduleRecord, target: Target): readonly ScheduleRecord[] {
  switch (template) {
    case "map":
      return [16, 32, 64, 128, 256].map((workgroupSize) => ({
        template,
        schedule: { workgroupSize },
      }));
    case "rows":
      return rows().map((schedule) => ({ template, schedule }));
    case "contract":
      return contracts(target).map((schedule) => ({ template, schedule }));
    case "attend":
      return attends(target).map((schedule) => ({ template, schedule }));
  }
}

/** Fields of a schedule that are others than those of the chosen one. */
function distance(schedule: object, chosen: object): number {
  const known = new Map<string, unknown>(Object.entries(chosen));
  return Object.entries(schedule).filter(
    ([name, value]) => JSON.stringify(known.get(name)) !== JSON.stringify(value),
  ).length;
}
