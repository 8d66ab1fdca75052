// Lint rules: strict and type-checked, warnings are errors.
import tseslint from "typescript-eslint";

const cliOnly = "only cli/ prints and reads files";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", ".cache/", "runs/", "coverage/", ".gpu/"] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ["**/*.ts"] })),
  {
    files: ["**/*.ts"],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // A switch over a union counts once: its cases are a table.
      complexity: ["error", { max: 12, variant: "modified" }],
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "exports have names" },
      ],
      eqeqeq: "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Strings that are spread here are names of axes and characters of source text, by code point.
      "@typescript-eslint/no-misused-spread": [
        "error",
        { allow: [{ from: "lib", name: "string" }] },
      ],
      // An op without attributes has the empty attribute type, on purpose.
      "@typescript-eslint/no-generated-empty-object-type": "off",
      // Type arguments that repeat a default are documentation.
      "@typescript-eslint/no-unnecessary-type-arguments": "off",
    },
  },
  {
    files: ["grammar/**/*.ts", "compiler/**/*.ts"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["node:*"], message: cliOnly }] }],
    },
  },
  {
    // A suite is one function; its tests are the units.
    files: ["tests/**/*.ts", "bench/**/*.ts"],
    rules: { "max-lines-per-function": "off" },
  },
  { files: ["cli/**/*.ts"], rules: { "no-console": "off" } },
  { files: ["**/*.config.ts"], rules: { "no-restricted-syntax": "off" } },
);
