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
      complexity: ["error", 12],
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
      "@typescript-eslint/prefer-literal-enum-member": "off",
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
  { files: ["*.config.ts"], rules: { "no-restricted-syntax": "off" } },
);
