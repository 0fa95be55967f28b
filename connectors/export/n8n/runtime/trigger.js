"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.isSubscribed = isSubscribed;
exports.subscribe = subscribe;
exports.unsubscribe = unsubscribe;
exports.receive = receive;
const crypto_1 = require("crypto");
const input_1 = require("./input");
const server_1 = require("./server");
/** Seconds by which a delivery may be old, or the clocks differ. */
const TOLERANCE = 300;
/** Whether the server has this node's subscription, for what the node is set to now. */
async function isSubscribed(node, connector) {
    const { id, wanted } = kept(node);
    if (id === undefined || wanted !== JSON.stringify(wantedBy(node, connector)))
        return false;
    const found = await (0, server_1.find)(node, path(id));
    return found !== undefined && found.state !== 'ended';
}
/**
 * Subscribes to the chosen trigger; the server sends what happens to this node's address, signed. What else was sent
 * there ends: it is left over from an n8n that was stopped in between, and nobody has its secret any more.
 */
async function subscribe(node, connector) {
    const wanted = wantedBy(node, connector);
    const { items } = (await (0, server_1.ask)(node, 'GET', 'subscriptions'));
    for (const { id, target_url } of items) {
        if (target_url === wanted.target_url)
            await (0, server_1.ask)(node, 'DELETE', path(String(id)));
    }
    const { id, secret } = await (0, server_1.ask)(node, 'POST', 'subscriptions', wanted);
    Object.assign(kept(node), { id, secret, wanted: JSON.stringify(wanted) });
    return true;
}
/** Ends the subscription, if there is one. */
async function unsubscribe(node) {
    const { id } = kept(node);
    if (id !== undefined)
        await (0, server_1.ask)(node, 'DELETE', path(id));
    for (const name of ['id', 'secret', 'wanted'])
        delete kept(node)[name];
    return true;
}
/**
 * Starts the workflow with what was delivered, if it comes from the server that this node has subscribed at. What the
 * server sends as a test starts a workflow that is being edited, and not one that is active: nothing has happened.
 */
async function receive(node) {
    const { headers, rawBody } = node.getRequestObject();
    const { secret } = kept(node);
    if (secret === undefined || !isGenuine(headers, rawBody, secret)) {
        node.getResponseObject().status(401).json({ message: 'The signature does not fit this workflow' });
        return { noWebhookResponse: true };
    }
    if (headers['gridwire-test'] === 'true' && node.getMode() !== 'manual')
        return {};
    return { workflowData: [node.helpers.returnJsonArray(node.getBodyData())] };
}
/** Whether one of the signatures (Standard Webhooks) fits the very bytes that came, and they are fresh. */
function isGenuine(headers, body, secret) {
    const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => String(headers[`webhook-${name}`]));
    if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE))
        return false;
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const due = (0, crypto_1.createHmac)('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    return signatures.split(' ').some((signature) => {
        const [version, given] = [signature.slice(0, 3), Buffer.from(signature.slice(3), 'base64')];
        return version === 'v1,' && given.length === due.length && (0, crypto_1.timingSafeEqual)(given, due);
    });
}
function wantedBy(node, connector) {
    const valueOf = (name) => Object.hasOwn(node.getNode().parameters, name) ? node.getNodeParameter(name, undefined) : undefined;
    return {
        connection: (0, input_1.connectionId)(node.getNode(), valueOf('connection')),
        trigger: valueOf('event'),
        input: (0, input_1.readInput)((0, input_1.inputsOf)(connector.properties, valueOf), valueOf, node.getTimezone()),
        target_url: node.getNodeWebhookUrl('default'),
        format: 'plain',
    };
}
function kept(node) {
    return node.getWorkflowStaticData('node');
}
function path(id) {
    return `subscriptions/${encodeURIComponent(id)}`;
}
