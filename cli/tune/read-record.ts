// Reads a schedule record from data: known fields with small whole numbers. What a device allows is checked where it is used.
import type { AttendSchedule, Stream } from "../../compiler/codegen/attend.js";
import type { ContractSchedule } from "../../compiler/codegen/contractions.js";
import type { MapSchedule, ScheduleRecord } from "../../compiler/codegen/record.js";
import type { RowsRecord } from "../../compiler/codegen/rows.js";
import * as schema from "../../runtime/schema.js";

/** Any number of a schedule. */
const number = schema.whole(0, 1024);

/** Fields that no schedule has are left out. */
const record = <T extends object>(fields: schema.Fields<T>): schema.Read<T> =>
  schema.record(fields, true);

const laned = record<Extract<RowsRecord, { readonly registers: number }>>({
  kind: schema.word("lane", "group"),
  workgroupSize: number,
  registers: number,
});

const split = record<Extract<RowsRecord, { readonly kind: "split" }>>({
  kind: schema.word("split"),
  parts: number,
  workgroupSize: number,
});

const rows: schema.Read<RowsRecord> = (value, at) =>
  schema.objectOf(value, at)["kind"] === "split" ? split(value, at) : laned(value, at);

const tile = { rows: number, columns: number, depth: number, parts: number };

const contract = schema.tagged<ContractSchedule>({
  registers: record({
    kind: schema.word("registers"),
    ...tile,
    lanes: number,
    isShared: schema.flag,
  }),
  tiled: record({ kind: schema.word("tiled"), ...tile, ownRows: number, ownColumns: number }),
});

const stream: schema.Read<Stream> = (value, at) => {
  const kind = schema.word("direct", "handed", "shared")(schema.objectOf(value, at)["kind"], at);
  return kind === "shared"
    ? record<Extract<Stream, { readonly tile: number }>>({
        kind: schema.word("shared"),
        tile: number,
      })(value, at)
    : { kind };
};

const attend = record<AttendSchedule>({
  rows: number,
  lanes: number,
  parts: number,
  stream,
  keeping: schema.word("array", "registers"),
});

const template = schema.word("map", "rows", "contract", "attend");

/** Reads the schedule of a kernel. */
export const scheduleRecord: schema.Read<ScheduleRecord> = (value, at) => {
  const given = schema.objectOf(value, at);
  const kind = template(given["template"], `${at}.template`);
  const of = <T>(read: schema.Read<T>): T => read(given["schedule"], `${at}.schedule`);
  switch (kind) {
    case "map":
      return { template: kind, schedule: of(record<MapSchedule>({ workgroupSize: number })) };
    case "rows":
      return { template: kind, schedule: of(rows) };
    case "contract":
      return { template: kind, schedule: of(contract) };
    case "attend":
      return { template: kind, schedule: of(attend) };
  }
};
