"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.ask = ask;
exports.find = find;
const n8n_workflow_1 = require("n8n-workflow");
/** What the server says to programs, about a header, helps nobody here. */
const NEW_KEY = 'Make a new key on the server, `gridwire keys add n8n --scope use`, and put it into the credential.';
/** Asks the gridwire server. Throws a NodeApiError that says what the server said, with the whole answer in its context. */
async function ask(caller, method, path, body, itemIndex) {
    const { response, serverUrl } = await send(caller, { method, path, body }, itemIndex);
    return answer(caller, response, serverUrl, itemIndex);
}
/** What the server has at this path, or undefined if there is nothing. */
async function find(caller, path) {
    const { response, serverUrl } = await send(caller, { method: 'GET', path });
    if (response.statusCode === 404)
        return undefined;
    return answer(caller, response, serverUrl);
}
async function send(caller, request, itemIndex) {
    const { serverUrl } = await caller.getCredentials('gridwireApi');
    try {
        const response = (await caller.helpers.httpRequestWithAuthentication.call(caller, 'gridwireApi', {
            method: request.method,
            url: `${serverUrl.trim().replace(/\/+$/, '')}/v1/${request.path}`,
            // as text: of an object, n8n leaves out what is called `constructor`
            body: request.body && JSON.stringify(request.body),
            headers: request.body && { 'Content-Type': 'application/json' },
            json: true,
            returnFullResponse: true,
            // the server's refusals say more than a status, and the key goes to the server that was named, nowhere else
            ignoreHttpStatusErrors: true,
            disableFollowRedirect: true,
        }));
        return { response, serverUrl };
    }
    catch (error) {
        throw new n8n_workflow_1.NodeApiError(caller.getNode(), { cause: String(error.message) }, {
            message: `The gridwire server at ${serverUrl} was not reached`,
            description: `Check that it runs and that the credential names it as n8n sees it. ${notes(error)}`.trim(),
            itemIndex,
        });
    }
}
function answer(caller, response, serverUrl, itemIndex) {
    if (response.statusCode === 204)
        return {};
    if (response.statusCode >= 200 && response.statusCode < 300 && isObject(response.body))
        return response.body;
    throw refusal(caller, response, serverUrl, itemIndex);
}
function refusal(caller, response, serverUrl, itemIndex) {
    const problem = isObject(response.body) ? response.body : {};
    const message = text(problem.message) || `${serverUrl} answered ${response.statusCode}, not as a gridwire server does`;
    const vendor = text(problem.vendor_message);
    const words = vendor && !message.includes(vendor) ? `The vendor says: "${vendor}".` : '';
    const remedy = response.statusCode === 401 ? NEW_KEY : text(problem.remedy);
    const error = new n8n_workflow_1.NodeApiError(caller.getNode(), problem, {
        message,
        description: [words, remedy].filter(Boolean).join(' ') || undefined,
        httpCode: String(response.statusCode),
        itemIndex,
    });
    error.context.data = problem;
    return error;
}
function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function text(value) {
    return typeof value === 'string' ? value : '';
}
function notes(error) {
    const { description, message } = error;
    return `(${description || message})`;
}
