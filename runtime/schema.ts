// Readers of untrusted JSON: each takes a value and gives plain data of a declared type, or says where and how it differs.
import { quote, type Parsed } from "./safetensors/json.js";

/** What is wrong with a value, and where. */
export class SchemaProblem extends Error {
  constructor(at: string, reason: string) {
    super(`\`${at}\` ${reason}`);
  }
}

/** Reads a value found at a place such as `schedules[0].kernels`; throws a `SchemaProblem`. */
export type Read<T> = (value: Parsed | undefined, at: string) => T;

/** A reader for each field of a type; those that may be missing are said so. */
export type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K]
    ? { readonly maybe: Read<Exclude<T[K], undefined>> }
    : Read<T[K]>;
};

/** A field that may be missing. */
export const maybe = <T>(read: Read<T>): { readonly maybe: Read<T> } => ({ maybe: read });

/** An object with these fields and no other, unless those others are to be left out. */
export function record<T extends object>(fields: Fields<T>, leavesOutOthers = false): Read<T> {
  const known = Object.entries<Read<unknown> | { readonly maybe: Read<unknown> }>(fields);
  return (value, at) => {
    const given = objectOf(value, at);
    const found: [string, unknown][] = [];
    for (const [name, field] of known) {
      const place = `${at}.${name}`;
      const own = Object.hasOwn(given, name) ? given[name] : undefined;
      if (typeof field === "function") found.push([name, field(own, place)]);
      else if (own !== undefined) found.push([name, field.maybe(own, place)]);
    }
    for (const name of Object.keys(given))
      if (!leavesOutOthers && !Object.hasOwn(fields, name))
        throw new SchemaProblem(at, `has an unknown field ${quote(name)}`);
    return Object.fromEntries(found) as T;
  };
}

/** One of several records, told apart by their field `kind`. */
export function tagged<T extends { readonly kind: string }>(choices: {
  readonly [K in T["kind"]]: Read<Extract<T, { readonly kind: K }>>;
}): Read<T> {
  return (value, at) => {
    const { kind } = objectOf(value, at);
    if (typeof kind !== "string" || !Object.hasOwn(choices, kind))
      throw new SchemaProblem(`${at}.kind`, "is none of the known kinds");
    return (choices as Record<string, Read<T>>)[kind]?.(value, at) as T;
  };
}

/** A list, of at most so many items. */
export function list<T>(read: Read<T>, most = 1e6): Read<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new SchemaProblem(at, "is not a list");
    if (value.length > most) throw new SchemaProblem(at, `has more than ${String(most)} items`);
    return (value as readonly Parsed[]).map((item, i) => read(item, `${at}[${String(i)}]`));
  };
}

/** A text that a pattern describes, by default one of at most 4,000 characters. */
export function text(pattern = /^[^]{0,4000}$/): Read<string> {
  return (value, at) => {
    if (typeof value === "string" && pattern.test(value)) return value;
    throw new SchemaProblem(at, "is not a text as it should be");
  };
}

/** A whole number within bounds. */
export function whole(least = 0, most = 2 ** 48): Read<number> {
  return (value, at) => {
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most)
      return Number(value);
    throw new SchemaProblem(at, `is not a whole number from ${String(least)} to ${String(most)}`);
  };
}

/** A finite number. */
export const real: Read<number> = (value, at) => {
  if (typeof value === "number") return value;
  throw new SchemaProblem(at, "is not a number");
};

/** True or false. */
export const flag: Read<boolean> = (value, at) => {
  if (typeof value === "boolean") return value;
  throw new SchemaProblem(at, "is neither true nor false");
};

/** One of some words. */
export function word<T extends string>(...words: readonly T[]): Read<T> {
  return (value, at) => {
    const found = words.find((w) => w === value);
    if (found !== undefined) return found;
    throw new SchemaProblem(at, `is none of ${words.join(", ")}`);
  };
}

/** An object by its own fields, however it was read. */
export function objectOf(
  value: Parsed | undefined,
  at: string,
): Readonly<Record<string, Parsed | undefined>> {
  if (value instanceof Map) return Object.fromEntries(value as ReadonlyMap<string, Parsed>);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, Parsed>>;
  throw new SchemaProblem(at, value === undefined ? "is missing" : "is not an object");
}
