// What the rest of the project may use of the grammar.
export * from "./ast.js";
export * from "./source.js";
export * from "./walk.js";
export { parse, largestFile } from "./parser.js";
export { format } from "./format.js";
export { keywordWords } from "./tokens.js";
