// One server for each OpenAPI document named on the command line; their addresses are printed, a line each.
import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.MODULES}/`);
const { getHttpOperationsFromSpec } = require('@stoplight/prism-cli/dist/operations');
const { createLogger } = require('@stoplight/prism-core');
const { createServer } = require('@stoplight/prism-http-server');

const logger = createLogger('mock', { level: 'silent' });
const config = {
  mock: { dynamic: false },
  isProxy: false,
  checkSecurity: false,
  validateRequest: true,
  validateResponse: false,
  errors: true,
};
// What breaks the validator is no verdict: it is answered as a fault of the server.
let current;
subscribe('http.server.request.start', ({ response }) => { current = response; });
const fault = () => current?.writeHead(500).end();
process.on('uncaughtException', fault).on('unhandledRejection', fault);

for (const document of process.argv.slice(2)) {
  const operations = await getHttpOperationsFromSpec(document);
  const server = createServer(operations, { cors: false, config, components: { logger } });
  console.log(await server.listen(0, '127.0.0.1'));
}
process.stdin.on('end', () => process.exit(0)).resume();
