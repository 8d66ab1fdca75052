// The programs that the playground starts from.
import adapters from "../examples/language-page/lora.dl?raw";
import digits from "../examples/mnist/model.dl?raw";
import shakespeare from "../examples/shakespeare/model.dl?raw";
import first from "./examples/first.dl?raw";

/** Titles and texts, in the order of the menu. */
export const examples: readonly { readonly title: string; readonly text: string }[] = [
  { title: "First steps", text: first },
  { title: "GPT on Shakespeare", text: shakespeare },
  { title: "Handwritten digits", text: digits },
  { title: "An adapter by hand", text: adapters },
];
