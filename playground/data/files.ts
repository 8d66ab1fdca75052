// Data of the user's own: files that the page reads, keeps in its memory and sends nowhere.
import { parseSafetensors, type StoredTensor } from "../../runtime/weights.js";
import { dataFault, readTable, type Table } from "./table.js";
import { encode, type Encoded } from "./text.js";

/** A file that was read. */
export type Data =
  | { readonly kind: "text"; readonly name: string; readonly encoded: Encoded }
  | { readonly kind: "table"; readonly name: string; readonly table: Table }
  | {
      readonly kind: "tensors";
      readonly name: string;
      readonly tensors: ReadonlyMap<string, StoredTensor>;
    };

/** Kinds of files by their endings, and how many bytes one may have: what a page can hold beside the model. */
const kinds = {
  txt: { kind: "text", most: 2 ** 26 },
  csv: { kind: "table", most: 2 ** 26 },
  tsv: { kind: "table", most: 2 ** 26 },
  safetensors: { kind: "tensors", most: 2 ** 30 },
} as const;

/** The endings of files that are data, as an input for files takes them. */
export const dataEndings = Object.keys(kinds)
  .map((ending) => `.${ending}`)
  .join(",");

const isKind = (ending: string): ending is keyof typeof kinds => Object.hasOwn(kinds, ending);

/** Reads a file as what its name says. Rejects with a fault that says what is wrong with it. */
export async function readData(file: File): Promise<Data> {
  const { name } = file;
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  if (!isKind(ending)) {
    throw dataFault(
      `\`${name}\` is no data that can be read here`,
      "data is a .txt file, a .csv table with names above its columns, or a .safetensors file",
    );
  }
  const { kind, most } = kinds[ending];
  const inMegabytes = (bytes: number): string => `${String(Math.ceil(bytes / 2 ** 20))} MB`;
  if (file.size > most) {
    throw dataFault(
      `\`${name}\` has ${inMegabytes(file.size)}, and a .${ending} file has at most ${inMegabytes(most)} here`,
      "`dl train` takes larger ones",
    );
  }
  if (file.size === 0) throw dataFault(`\`${name}\` is empty`);
  if (kind === "tensors") {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return { kind, name, tensors: parseSafetensors(bytes, name).tensors };
  }
  const text = await textOf(file);
  return kind === "text"
    ? { kind, name, encoded: await encode(text) }
    : { kind, name, table: await readTable(text, name) };
}

/** The text of a file, as it comes; rejects where it is not UTF-8. */
export async function textOf(file: File): Promise<string> {
  const decoder = new TextDecoderStream("utf-8", { fatal: true });
  const reader = file.stream().pipeThrough(decoder).getReader();
  const pieces: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return pieces.join("");
      pieces.push(value);
    }
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    throw dataFault(`\`${file.name}\` is not UTF-8 text`, "save it as UTF-8");
  }
}

/** The files that were opened, by name; each name once. */
export class DataFiles {
  readonly #files = new Map<string, Data>();
  /** What a run takes its numbers from, as its panel names it; kept while programs are built anew. */
  chosen: string | undefined;
  readonly #told = new Set<(data: Data) => void>();

  get all(): readonly Data[] {
    return [...this.#files.values()];
  }

  /** A file by its name. */
  named(name: string): Data | undefined {
    return this.#files.get(name);
  }

  /** Reads a file; the one of its name before is forgotten. Rejects with a fault that says what is wrong with it. */
  async open(file: File): Promise<Data> {
    const data = await readData(file);
    this.#files.set(data.name, data);
    for (const tell of this.#told) tell(data);
    return data;
  }

  /** Tells of each file that is opened from now on; ends with the signal. */
  onOpened(tell: (data: Data) => void, signal: AbortSignal): void {
    this.#told.add(tell);
    signal.addEventListener("abort", () => this.#told.delete(tell));
  }
}
