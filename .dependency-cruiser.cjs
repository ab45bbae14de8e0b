// Who may know whom. Control flows one way: bin → runtime → edge → core actions → rules and stores → ports ← adapters.
const PURE = '^lib/core/[^/]+/(?![^/]+-store\\.ts$)[^/]+\\.ts$';
const STORE = '^lib/core/[^/]+/[^/]+-store\\.ts$';
const ACTION = '^lib/core/[^/]+/actions/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'areas-form-a-dag', severity: 'error', scope: 'folder', from: { path: '^lib/core/(?!ports|shared)' }, to: { circular: true, path: '^lib/core/' } },
    { name: 'core-knows-only-core', severity: 'error', from: { path: '^lib/core/' }, to: { path: '^(lib/(?!core/|protocol/)|lambdas/|bin/)' } },
    { name: 'core-has-no-frameworks', severity: 'error', from: { path: '^lib/core/' }, to: { path: 'node_modules/', pathNot: 'node_modules/(zod|kysely|yaml|semver|picomatch|@types)/' } },
    { name: 'sql-lives-in-stores', severity: 'error', from: { path: '^lib/core/', pathNot: ['-store\\.ts$', '^lib/core/ports/'] }, to: { path: 'node_modules/kysely/' } },
    { name: 'rules-are-pure', severity: 'error', from: { path: PURE, pathNot: '^lib/core/ports/' }, to: { path: [STORE, ACTION, '^(node:)?(fs|net|http|https|child_process|timers)(/|$)'] } },
    { name: 'stores-know-no-actions', severity: 'error', from: { path: STORE }, to: { path: ACTION } },
    { name: 'edge-goes-through-core', severity: 'error', from: { path: '^lib/edge/' }, to: { path: '^lib/(?!edge/|core/|protocol/)' } },
    { name: 'edge-never-writes-sql', severity: 'error', from: { path: '^lib/edge/' }, to: { path: 'node_modules/kysely/' } },
    { name: 'adapters-implement-ports', severity: 'error', from: { path: '^lib/adapters/' }, to: { path: '^lib/(edge|runtime|infra|launcher)/|^lib/core/(?!ports/|shared/)' } },
    { name: 'runtimes-do-not-mix', severity: 'error', from: { path: '^lib/adapters/(aws|embedded)/' }, to: { path: '^lib/adapters/(aws|embedded)/', pathNot: '^lib/adapters/$1/' } },
    { name: 'infra-takes-only-tables', severity: 'error', from: { path: '^lib/infra/' }, to: { path: '^lib/(adapters|runtime|edge)/|^lib/core/(?!shared/)' } },
    { name: 'lambdas-are-thin', severity: 'error', from: { path: '^lambdas/' }, to: { path: '^lib/(?!edge/|runtime/)' } },
    { name: 'lambda-bundles-stay-small', severity: 'error', from: { path: '^lambdas/' }, to: { reachable: true, path: 'node_modules/(@electric-sql|aedes|aws-cdk-lib|esbuild)/|^lib/(adapters/embedded|infra|launcher|web)/' } },
    { name: 'launcher-is-a-stranger', severity: 'error', from: { path: '^lib/launcher/' }, to: { path: '^lib/(?!launcher/|protocol/|policy-engine/)' } },
    { name: 'libraries-stand-alone', severity: 'error', from: { path: '^lib/(protocol|policy-engine)/' }, to: { path: '^(lib/|lambdas/|bin/)', pathNot: '^lib/$1/' } },
    // The coverage report is a tool of ours that reads the facts kept with the client doubles.
    { name: 'product-knows-no-tests', severity: 'error', from: { path: '^(lib|bin)/', pathNot: '^bin/(api-coverage|cloud)' }, to: { path: '^test/' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
