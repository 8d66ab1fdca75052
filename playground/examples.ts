// The programs that the playground starts from.
import adapters from "../examples/language-page/lora.dl?raw";
import digits from "../examples/mnist/model.dl?raw";
import shakespeare from "../examples/shakespeare/model.dl?raw";
import type { SourceFile } from "../grammar/source.js";
import first from "./examples/first.dl?raw";
import net from "./examples/net.dl?raw";
import table from "./examples/table.dl?raw";

/** A program to start from. */
export interface Example {
  readonly title: string;
  readonly files: readonly SourceFile[];
}

const alone = (title: string, text: string): Example => ({
  title,
  files: [{ path: "model.dl", text }],
});

/** The first one, which is there when the page is opened without a link. */
export const firstExample = alone("First steps", first);

/** All of them, in the order of the menu. */
export const examples: readonly Example[] = [
  firstExample,
  alone("GPT on Shakespeare", shakespeare),
  alone("Handwritten digits", digits),
  {
    title: "Rows of a table",
    files: [
      { path: "table.dl", text: table },
      { path: "net.dl", text: net },
    ],
  },
  alone("An adapter by hand", adapters),
];
