// What every step of the app does. Zapier runs this before each call, as the body of a function of `input`, and hands
// the step a `z` that has these functions. `connector` stands above: all that tells one app from another here.
const { z } = input;
const { app, event } = input._zapier;
const bundle = event.bundle || {};

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const failure = (message, kind, status) => new z.errors.Error(message, kind, status);

// ---- the server

function server() {
  const given = String(bundle.authData?.server_url ?? '').trim().replace(/\/+$/, '');
  if (/^https:\/\/[^/]/i.test(given) || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/i.test(given)) return given;
  throw failure(`"${given}" is not the address of a gridwire server: it has to begin with https://`, 'invalid_input', 422);
}

/** Milliseconds. Zapier ends a step after 30 s, without a word to the user, and runs it again. */
const LONGEST = 27000;
const LONGEST_EXAMPLES = 15000;

/** Asks the server. `writes`: an answer that is lost may mean that it was done, so Zapier must not repeat it by itself. */
async function send(method, to, body, { writes = false, timeout = LONGEST } = {}) {
  const headers = { Authorization: `Bearer ${bundle.authData.api_key}`, Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  const request = { method, url: `${server()}/v1/${to}`, headers, body: body && JSON.stringify(body) };
  // the server's refusals say more than a status, the key goes nowhere else, and a user's text may hold {{ }}
  const asItIs = { timeout, skipThrowForStatus: true, throwForThrottlingEarly: false, redirect: 'manual', merge: false };
  try {
    return await z.request({ ...request, ...asItIs });
  } catch (error) {
    const message = `The gridwire server at ${server()} gave no answer (${error.code || error.type || error.message}).`;
    if (writes && !['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(error.code)) throw unknown(message);
    throw failure(`${message} Check that it runs and can be reached from the internet.`, 'not_reached', 502);
  }
}

const unknown = (message) =>
  new z.errors.HaltedError(`${message} It is not known whether it was done: look before you run it again.`);

async function ask(method, to, body, writes = false) {
  return done(await send(method, to, body, { writes }), writes);
}

/** What the server said. A page of somebody else's, which is no JSON, is no answer. */
function done(response, writes) {
  const { status, data } = response;
  if (status === 204) return {};
  if (status >= 200 && status < 300 && isObject(data)) return data;
  throw refusal(response, writes);
}

/** What the server says to programs, about a header, helps nobody here. */
const NEW_KEY = 'Make a new key on the server, `gridwire keys add zapier --scope use`, and connect gridwire again with it.';

/** The input that the server calls by its name, as this step calls it. */
function boxOf(name) {
  const [kind, key] = event.method.split('.');
  const fields = app[kind]?.[key]?.operation?.inputFields ?? [];
  const box = fields.find((field) => field.key && (field.meta?.path || field.key) === name);
  return box && `It is about the box "${box.label}"`;
}

function refusal(response, writes) {
  const { status } = response;
  const problem = isObject(response.data) ? response.data : {};
  const said = problem.detail || `The server at ${server()} answered ${status}, not as a gridwire server does.`;
  const vendor = problem.vendor_message;
  const quoted = vendor && !said.includes(vendor) ? `${connector.title} says: "${vendor}".` : '';
  const remedy = status === 401 ? NEW_KEY : problem.remedy;
  const message = [said, boxOf(problem.field), quoted, remedy].filter(Boolean).map(sentence).join(' ');
  if (status === 401) return new z.errors.ExpiredAuthError(message);
  if (status === 429) return new z.errors.ThrottledError(message, parseInt(response.getHeader('retry-after'), 10) || 60);
  if (problem.kind === 'unknown_outcome') return new z.errors.HaltedError(message);
  if (writes && !problem.kind && (status < 300 || status >= 500)) return unknown(message);
  return failure(message, problem.kind, status);
}

const sentence = (words) => words.replace(/^./, (first) => first.toUpperCase()).replace(/[^.!?]$/, '$&.');

// ---- the account

async function accounts() {
  const { items = [] } = await ask('GET', 'connections');
  return items.filter((account) => account.connector === connector.name);
}

async function account() {
  if (bundle.inputData.connection) return String(bundle.inputData.connection);
  const ours = await accounts();
  if (ours.length === 1) return ours[0].id;
  const message = ours.length
    ? `Your gridwire server has ${ours.length} ${connector.title} accounts. Choose one in this step.`
    : `Your gridwire server has no ${connector.title} account yet. Connect one there first.`;
  throw failure(message, 'no_account', 422);
}

const at = async () => `connections/${encodeURIComponent(await account())}`;

// ---- what the user filled in, as the server takes it

function operation(name) {
  const key = connector.keys?.[name] ?? name;
  return (app.triggers[key] || app.searches[key] || app.creates[key]).operation;
}

/** The inputs of an operation, or only those of these names. */
function given(name, only) {
  const fields = operation(name).inputFields.filter((field) => field.key && (!only || only.includes(path(field)[0])));
  return read(fields, bundle.inputData || {});
}

const path = ({ key, meta }) => (meta?.path || key).split('.');

function read(fields, values) {
  const found = Object.create(null); // an input may be called as what every object has: constructor
  for (const field of fields) {
    const value = Object.hasOwn(values, field.key) ? readOne(field, values[field.key]) : undefined;
    if (value !== undefined) put(found, path(field), value);
  }
  return found;
}

function readOne(field, value) {
  if (value === undefined || value === null || value === '') return undefined;
  if (!field.children && !field.list) return plain(field, value);
  const all = (Array.isArray(value) ? value : [value]).filter((one) => one !== '' && one !== null);
  const readLine = (line) => read(field.children, line);
  const listed = field.children ? all.map(readLine).filter(isFilled) : all.map((one) => plain(field, one));
  return listed.length ? listed : undefined;
}

const isFilled = (line) => Object.keys(line).length > 0;

/** One value in the type of its box: an earlier step may give 10115 for a text, or '12' for a number. */
function plain({ type, meta }, value) {
  if (typeof value !== 'string') return type === 'string' || type === 'text' ? text(value) : value;
  if (type === 'boolean') return /^(true|yes|1)$/i.test(value) || (/^(false|no|0)$/i.test(value) ? false : value);
  if (type === 'number' || type === 'integer') return Number.isNaN(Number(value)) ? value : Number(value);
  if (type === 'json') return parsed(value);
  return meta?.as === 'date' ? value.slice(0, 10) : value;
}

const text = (value) => (typeof value === 'object' ? value : String(value));

/** What does not read as JSON is sent as it is: the server says what is wrong with it. */
function parsed(value) {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function put(found, [first, ...rest], value) {
  if (rest.length) put((found[first] ??= Object.create(null)), rest, value);
  else found[first] = value;
}

// ---- what comes out

const stamp = (value) => z.hash('sha256', JSON.stringify(value)).slice(0, 32);

/** A header of the hook call. Zapier writes their names in more than one way: webhook-id, Http-Webhook-Id. */
function header(name) {
  const named = ([key]) => key.toLowerCase().replaceAll('_', '-').replace(/^http-/, '') === name;
  return Object.entries(bundle.rawRequest?.headers ?? {}).find(named)?.[1];
}

function result(output) {
  if (isObject(output)) return Object.keys(output).length ? output : { done: true };
  return output === null || output === undefined ? { done: true } : { output };
}

function happened(id, item) {
  return { id, ...(isObject(item) ? item : { item }), gridwire_event_id: id };
}

/** The last items of a list; none if there are too many to read them now. */
async function held(poll, input) {
  const options = { timeout: LONGEST_EXAMPLES };
  const answer = await send('POST', poll, { input, from_start: true }, options).catch(() => ({ status: 504 }));
  if (answer.status === 413 || answer.status === 504) return [];
  return done(answer, false).items.slice(-25).reverse();
}

// ---- what the app's parts call

z.gridwire = {
  async test() {
    const ours = await accounts();
    const { host } = new URL(server());
    const names = ours.length === 1 ? ours[0].name : `${ours.length} ${connector.title} accounts`;
    return { label: `${names} on ${host}`, accounts: ours.length };
  },

  /** The field that every step begins with; filled in already where there is nothing to choose. */
  async accountField() {
    const ours = await accounts();
    const choices = ours.map(({ id, name }) => ({ value: id, sample: id, label: name }));
    const none = `There is none on your gridwire server yet: connect one there, then refresh the fields.`;
    return {
      key: 'connection',
      label: `${connector.title} Account`,
      required: true,
      altersDynamicFields: true,
      helpText: ours.length ? `The account to use, as it is called on your gridwire server.` : none,
      ...(ours.length && { choices }),
      ...(ours.length === 1 && { default: ours[0].id }),
    };
  },

  async create(name, { confirm = false } = {}) {
    const { output } = await ask('POST', `${await at()}/actions/${name}`, { input: given(name), confirm }, true);
    return result(output);
  },

  /** A thing by its ID: found, or not. A file is fetched when a later step needs it. */
  async get(name, { file = false } = {}) {
    const [input, connection] = [given(name), await account()];
    const response = await send('POST', `${await at()}/actions/${name}`, { input });
    if (response.status === 404 && response.data?.kind === 'vendor_not_found') return [];
    const { output } = done(response, false);
    if (!file) return [result(output)];
    const { content, ...about } = output;
    return [{ ...about, file: z.dehydrateFile(app.hydrators.file, { connection, name, input }) }];
  },

  async file() {
    const { name, input } = bundle.inputData;
    const { output } = await ask('POST', `${await at()}/actions/${name}`, { input });
    return z.stashFile(Buffer.from(output.content, 'base64'), output.size, output.name, output.media_type);
  },

  async search(name) {
    const { items } = await ask('POST', `${await at()}/searches/${name}`, { input: given(name), limit: 100 });
    return items.map(result);
  },

  /** The choices of an input, a page at a time; Zapier keeps the place in between. */
  async choices(name, field, needs) {
    const next = bundle.meta?.page ? await z.cursor.get() : null;
    if (bundle.meta?.page && !next) return [];
    const body = { operation: name, field, input: given(name, needs), next };
    const answer = await ask('POST', `${await at()}/choices`, body);
    if (bundle.meta?.page || answer.next) await z.cursor.set(answer.next ?? '');
    return answer.choices.map(({ value, title }) => ({ id: value, title: title || String(value) }));
  },

  async subscribe(trigger) {
    const body = { connection: await account(), trigger, input: given(trigger), target_url: bundle.targetUrl };
    const { id } = await ask('POST', 'subscriptions', { ...body, format: 'plain' });
    return { id };
  },

  async unsubscribe() {
    await ask('DELETE', `subscriptions/${encodeURIComponent(bundle.subscribeData.id)}`);
    return {};
  },

  event() {
    const item = bundle.cleanedRequest;
    return [happened(header('webhook-id') ?? stamp(item), item)];
  },

  /** Something to set the Zap up with: what the account holds, or else an invented example. */
  async recent(trigger, { polls = false } = {}) {
    const of = `${await at()}/triggers/${trigger}`;
    const items = polls ? await held(`${of}/poll`, given(trigger)) : [];
    if (!items.length) items.push((await ask('GET', `${of}/sample`)).sample);
    const once = new Map(items.map((item) => [stamp(item), item]));
    return [...once].map(([id, item]) => happened(`example_${id}`, item));
  },

  async feeds() {
    const { items } = await ask('GET', 'subscriptions');
    const names = new Map((await accounts()).map(({ id, name }) => [id, name]));
    const feeds = items.filter(({ connection, target_url }) => names.has(connection) && !target_url);
    return feeds.map(({ id, connection, trigger }) => ({ id, title: `${trigger}, ${names.get(connection)} (${id})` }));
  },

  /** The newest events of a feed, the newest first. */
  async feed() {
    const { feed } = bundle.inputData;
    return (await ask('GET', `subscriptions/${encodeURIComponent(feed)}/events?last=100`)).items.reverse();
  },
};

return input;
