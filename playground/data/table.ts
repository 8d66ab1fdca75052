// A table of numbers with names above its columns, as spreadsheets write it: RFC 4180, also with semicolons or tabs.
import { RuntimeFault } from "../../runtime/errors.js";
import { pageTurn } from "./text.js";

/** A column; where a cell is no number, the first such is told. */
export interface Column {
  readonly numbers: Float64Array;
  readonly bad?: { readonly line: number; readonly cell: string };
}

/** The columns of a table by name. */
export interface Table {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
}

/** Rows that are read before the page may do something else. */
const readAtOnce = 2 ** 12;

const separators = [",", ";", "\t"] as const;

/** The fault of a file of data, in the words of the page. */
export const dataFault = (message: string, remedy?: string): RuntimeFault =>
  new RuntimeFault(message, { code: "data", exit: 1, remedy });

/** Reads a table; `file` is its name in messages. Rejects with a fault that says which line breaks which rule. */
export async function readTable(text: string, file: string): Promise<Table> {
  const rows = rowsOf(text, separatorOf(text));
  const head = rows.next();
  const names = head.done ? [] : head.value.cells.map((cell) => cell.trim());
  checkNames(names, file);
  const columns = names.map((): Growing => ({ numbers: [] }));
  let count = 0;
  for (const { cells, line } of rows) {
    if (cells.length === 1 && cells[0] === "") continue;
    if (cells.length !== names.length) {
      throw dataFault(
        `\`${file}\`, line ${String(line)}: it has ${cellsIn(cells.length)}, but the first line names ${String(names.length)} columns`,
      );
    }
    for (const [i, column] of columns.entries()) take(column, cells[i] ?? "", line);
    if (++count % readAtOnce === 0) await pageTurn();
  }
  if (count === 0) throw dataFault(`\`${file}\` has no row below the names of its columns`);
  return {
    rows: count,
    columns: new Map(
      columns.map(({ numbers, bad }, i): [string, Column] => [
        names[i] ?? "",
        { numbers: Float64Array.from(numbers), ...(bad ? { bad } : {}) },
      ]),
    ),
  };
}

interface Growing {
  readonly numbers: number[];
  bad?: { readonly line: number; readonly cell: string };
}

const cellsIn = (n: number): string => `${String(n)} ${n === 1 ? "cell" : "cells"}`;

function take(column: Growing, cell: string, line: number): void {
  const trimmed = cell.trim();
  const value = trimmed === "" ? NaN : Number(trimmed);
  if (!Number.isFinite(value)) column.bad ??= { line, cell: trimmed };
  column.numbers.push(value);
}

function checkNames(names: readonly string[], file: string): void {
  const remedy = "write the names of the columns above them, such as x.0,x.1,y";
  if (names.length === 0 || names.every((name) => name === ""))
    throw dataFault(`\`${file}\` is empty`, remedy);
  const isNumber = (name: string): boolean => name !== "" && Number.isFinite(Number(name));
  if (names.every(isNumber))
    throw dataFault(`\`${file}\`: the first line has numbers instead of names`, remedy);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw dataFault(`\`${file}\`: two columns are named \`${twice}\``, "rename one of them");
}

/** The separator that the first line has most of. */
function separatorOf(text: string): string {
  const [line = ""] = text.split(/\r?\n/, 1);
  const bare = line.replace(/"[^"]*"/g, "");
  const counts = separators.map((separator) => bare.split(separator).length);
  return separators[counts.indexOf(Math.max(...counts))] ?? ",";
}

/** The rows of a table with the lines that they begin in, from 1. Cells in quotes may hold anything, a quote as two. */
function* rowsOf(
  text: string,
  separator: string,
): Generator<{ readonly cells: readonly string[]; readonly line: number }, undefined> {
  let [at, line] = [0, 1];
  while (at < text.length) {
    const cells: string[] = [];
    const begun = line;
    do {
      const end = endOfCell(text, at, separator);
      const raw = text.slice(at, end).replace(/\r$/, "");
      line += raw.includes("\n") ? raw.split("\n").length - 1 : 0;
      cells.push(raw.startsWith('"') ? unquoted(raw) : raw);
      at = end + 1;
    } while (text[at - 1] === separator);
    line++;
    yield { cells, line: begun };
  }
  return undefined;
}

/** Where the separator, line feed or end behind a cell lies. */
function endOfCell(text: string, start: number, separator: string): number {
  let at = start;
  if (text[at] === '"') {
    // Two quotes stand for one; the first that stands alone closes the cell.
    do at = text.indexOf('"', at + 1) + 1 || text.length + 1;
    while (text[at] === '"');
  }
  while (at < text.length && text[at] !== separator && text[at] !== "\n") at++;
  return at;
}

const unquoted = (raw: string): string => raw.replace(/^"|"\s*$/g, "").replaceAll('""', '"');
