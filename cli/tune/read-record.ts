// Checks that data is a schedule record: known fields with small whole numbers. What a device allows is checked where it is used.
import type { AttendSchedule, Stream } from "../../compiler/codegen/attend.js";
import type { ContractSchedule } from "../../compiler/codegen/contractions.js";
import type { ScheduleRecord } from "../../compiler/codegen/record.js";
import type { RowsRecord } from "../../compiler/codegen/rows.js";

/** Beyond any number that a schedule may have. */
const most = 1024;

type Fields = Readonly<Record<string, unknown>>;

/** The schedule that some data is, or undefined. Fields that no schedule has are left out. */
export function readRecord(value: unknown): ScheduleRecord | undefined {
  if (!isFields(value) || !isFields(value["schedule"])) return undefined;
  const { template, schedule: given } = value;
  switch (template) {
    case "map": {
      const found = numbers(given, ["workgroupSize"]);
      return found && { template, schedule: found };
    }
    case "rows": {
      const schedule = readRows(given);
      return schedule && { template, schedule };
    }
    case "contract": {
      const schedule = readContract(given);
      return schedule && { template, schedule };
    }
    case "attend": {
      const schedule = readAttend(given);
      return schedule && { template, schedule };
    }
    default:
      return undefined;
  }
}

function readRows(given: Fields): RowsRecord | undefined {
  const { kind } = given;
  if (kind === "split") {
    const found = numbers(given, ["parts", "workgroupSize"]);
    return found && { kind, ...found };
  }
  if (kind !== "lane" && kind !== "group") return undefined;
  const found = numbers(given, ["workgroupSize", "registers"]);
  return found && { kind, ...found };
}

function readContract(given: Fields): ContractSchedule | undefined {
  const { kind, isShared } = given;
  const tile = numbers(given, ["rows", "columns", "depth", "parts"]);
  if (!tile) return undefined;
  if (kind === "tiled") {
    const own = numbers(given, ["ownRows", "ownColumns"]);
    return own && { kind, ...tile, ...own };
  }
  const lanes = numbers(given, ["lanes"]);
  if (kind !== "registers" || !lanes || typeof isShared !== "boolean") return undefined;
  return { kind, ...tile, ...lanes, isShared };
}

function readAttend(given: Fields): AttendSchedule | undefined {
  const found = numbers(given, ["rows", "lanes", "parts"]);
  const stream = readStream(given["stream"]);
  const { keeping } = given;
  if (!found || !stream || (keeping !== "array" && keeping !== "registers")) return undefined;
  return { ...found, stream, keeping };
}

function readStream(given: unknown): Stream | undefined {
  if (!isFields(given)) return undefined;
  const { kind } = given;
  if (kind === "direct" || kind === "handed") return { kind };
  const tile = kind === "shared" ? numbers(given, ["tile"]) : undefined;
  return tile && { kind: "shared", ...tile };
}

/** Some fields as whole numbers; undefined where one of them is none. */
function numbers<K extends string>(
  given: Fields,
  names: readonly K[],
): Record<K, number> | undefined {
  const found: Partial<Record<K, number>> = {};
  for (const name of names) {
    const value = given[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > most)
      return undefined;
    found[name] = value;
  }
  return found as Record<K, number>;
}

const isFields = (x: unknown): x is Fields =>
  typeof x === "object" && x !== null && !Array.isArray(x);
