"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.listSearch = listSearch;
exports.loadOptions = loadOptions;
const input_1 = require("./input");
const server_1 = require("./server");
/** The most choices that a list to pick several from shows; n8n cannot search it at the server. */
const MOST = 1000;
/** The searches behind the dropdowns: `connections`, and `OPERATION:FIELD` for each input whose choices the server knows. */
function listSearch(connector) {
    const methods = {
        async connections(filter) {
            return await searchConnections(this, connector.name, filter);
        },
    };
    for (const method of methodsIn(connector.properties, 'searchListMethod')) {
        methods[method] ??= async function (filter, page) {
            return await searchChoices(this, connector, method, filter, page);
        };
    }
    return methods;
}
/** What stands in the lists to pick several from: `OPERATION:FIELD` for each such input. */
function loadOptions(connector) {
    const methods = {};
    for (const method of methodsIn(connector.properties, 'loadOptionsMethod')) {
        methods[method] ??= async function () {
            return await allChoices(this, connector, method);
        };
    }
    return methods;
}
/** Every method that the properties name so, at any depth. */
function methodsIn(value, name) {
    if (typeof value !== 'object' || value === null)
        return [];
    const { [name]: method } = value;
    const own = typeof method === 'string' ? [method] : [];
    return [...own, ...Object.values(value).flatMap((inner) => methodsIn(inner, name))];
}
async function allChoices(caller, connector, method) {
    const found = [];
    let page;
    do {
        const { results, paginationToken } = await searchChoices(caller, connector, method, undefined, page);
        found.push(...results);
        page = paginationToken;
    } while (page !== undefined && found.length < MOST);
    return found;
}
async function searchConnections(caller, connector, filter = '') {
    const { items } = (await (0, server_1.ask)(caller, 'GET', 'connections'));
    const ours = items.filter((connection) => connection.connector === connector);
    const results = ours.map(({ id, name }) => ({ name: String(name), value: String(id) }));
    return { results: results.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())) };
}
async function searchChoices(caller, connector, method, search, page) {
    const [operation, field] = method.split(':');
    const parameters = caller.getCurrentNodeParameters() ?? {};
    const valueOf = (name) => (Object.hasOwn(parameters, name) ? settled(parameters[name]) : undefined);
    const input = (0, input_1.readInput)((0, input_1.inputsOf)(connector.properties, valueOf), valueOf, caller.getTimezone());
    const connection = (0, input_1.connectionId)(caller.getNode(), valueOf('connection'));
    const path = `connections/${encodeURIComponent(connection)}/choices`;
    const body = { operation, field, input, ...(search && { search }), ...(page && { next: page }) };
    const answer = await (0, server_1.ask)(caller, 'POST', path, body);
    const choices = answer.choices;
    const results = choices.map(({ value, title }) => ({ name: title || String(value), value: inert(value) }));
    return { results, paginationToken: answer.next ?? undefined };
}
/** n8n would run a value that begins with `=`, and this one is the vendor's: it becomes a text that gives just itself. */
function inert(value) {
    if (typeof value !== 'string' || !value.startsWith('='))
        return value;
    return `={{ ${JSON.stringify(value).replace(/[{}]/g, (brace) => (brace === '{' ? '\\u007b' : '\\u007d'))} }}`;
}
/** A parameter without its expressions: while a workflow is being edited, nothing is known of what they will give. */
function settled(value) {
    if (typeof value === 'string')
        return value.startsWith('=') ? undefined : value;
    if (typeof value !== 'object' || value === null)
        return value;
    if (Array.isArray(value))
        return value.map(settled).filter((one) => one !== undefined);
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, settled(one)]));
}
