// Zapier's own core around an exported app. Each line of standard input is a question in JSON, each line of standard
// output its answer: {app, validate: true} or {app, method, bundle}. What Zapier's own servers would keep for the app
// (the place in a paged dropdown, files) is kept here.
process.env.NODE_ENV = 'test'; // without it, Zapier's checks on what comes out would only be logged
process.env.ZAPIER_DEPLOY_KEY = 'invented';
const http = require('node:http');
const readline = require('node:readline');
const { createAppHandler } = require('zapier-platform-core');
const { validateAppDefinition } = require('zapier-platform-schema');

const cursors = {};
const files = [];
const zapiers = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (request.url === '/files') {
    files.push(body.toString('latin1'));
    return response.writeHead(204).end();
  }
  const { id, method, params, storeKey } = JSON.parse(body);
  const results = {
    set_cursor: () => void (cursors[storeKey] = params[0]),
    get_cursor: () => cursors[storeKey],
    get_presigned_upload_post_data: () => ({ url: `${base()}/files`, fields: { key: 'stashed' } }),
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id, result: results[method]() ?? null }));
});
const base = () => `http://127.0.0.1:${zapiers.address().port}`;

async function answer({ app, validate, method, bundle, storeKey = method }) {
  if (validate) return validateAppDefinition(require(app)).errors.map(({ stack }) => stack);
  const event = { command: 'execute', method, bundle, storeKey, rpc_base: base(), isDeveloper: true };
  return (await createAppHandler(app)(event)).results;
}

zapiers.listen(0, '127.0.0.1', async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let said;
    try {
      said = { ok: await answer(JSON.parse(line)), files: files.splice(0) };
    } catch (error) {
      said = { error: error.name, message: error.message };
    }
    process.stdout.write(`${JSON.stringify(said)}\n`);
  }
  zapiers.close();
});
