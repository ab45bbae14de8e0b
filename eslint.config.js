import tseslint from 'typescript-eslint';

const DETERMINISM = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'time comes from ports.clock' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'time comes from ports.clock' },
  { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: 'randomness comes from ports.ids' },
  { selector: "CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate)$/]", message: 'waits go through ports.clock and ports.wakeups' },
  { selector: "CallExpression[callee.name=/^(randomUUID|randomBytes)$/]", message: 'randomness comes from ports.ids' },
  { selector: "TaggedTemplateExpression[tag.name=/^(sql|raw)$/] TemplateElement[value.raw=/\\b(now|random|gen_random_uuid|clock_timestamp)\\s*\\(/i]", message: 'no clock and no randomness in SQL' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', '.windlass/', 'lib/edge/graphql/resolver-types.ts', 'lib/edge/graphql/schema-text.ts', 'lib/core/ports/tables.ts'] },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: false }],
      'no-restricted-imports': ['error', { paths: [{ name: 'zod', message: "use 'zod/mini'" }] }],
    },
  },
  { files: ['lib/core/**/*.ts', 'lib/edge/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...DETERMINISM] } },
  {
    files: ['test/**/*.ts'],
    rules: {
      // node:test returns promises from describe and it that nobody needs to await.
      '@typescript-eslint/no-floating-promises': 'off',
      // Answers of the API are judged by expectations, not by types.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
    },
  },
);
