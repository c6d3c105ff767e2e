// Grafana's TypeScript types -> JSON Schema -> ajv. Run in a folder where package.json is installed.
const fs = require("fs");
const path = require("path");
const load = (name) => require(path.join(process.cwd(), "node_modules", name));
const { createGenerator } = load("ts-json-schema-generator");
const Ajv = load("ajv").default;

fs.writeFileSync(
  "dashboard.ts",
  "import * as raw from './node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen';\n" +
    "export type Board = raw.Dashboard;\n",
);
fs.writeFileSync("tsconfig.json", '{"compilerOptions": {"moduleResolution": "node", "strict": true}}');
const schema = createGenerator({
  path: "dashboard.ts",
  type: "Board",
  tsconfig: "tsconfig.json",
  skipTypeCheck: true,
}).createSchema("Board");
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
let faults = 0;
for (const file of process.argv.slice(2)) {
  if (!validate(JSON.parse(fs.readFileSync(file, "utf-8")))) {
    for (const error of validate.errors) {
      faults += 1;
      console.log(`${path.basename(file)}${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
    }
  }
}
process.exit(faults ? 1 : 0);
