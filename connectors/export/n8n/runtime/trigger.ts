import { createHmac, timingSafeEqual } from 'crypto';
import type { IDataObject, IHookFunctions, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { connectionId, inputsOf, readInput, type Connector } from './input';
import { ask, find } from './server';

/** What is kept with the workflow of the subscription that it has at the server. */
interface Kept {
	id?: string;
	secret?: string;
	/** What was asked for, to see whether the node is set to something else by now. */
	wanted?: string;
}

/** Seconds by which a delivery may be old, or the clocks differ. */
const TOLERANCE = 300;

/** Whether the server has this node's subscription, for what the node is set to now. */
export async function isSubscribed(node: IHookFunctions, connector: Connector): Promise<boolean> {
	const { id, wanted } = kept(node);
	if (id === undefined || wanted !== JSON.stringify(wantedBy(node, connector))) return false;
	const found = await find(node, path(id));
	return found !== undefined && found.state !== 'ended';
}

/**
 * Subscribes to the chosen trigger; the server sends what happens to this node's address, signed. What else was sent
 * there ends: it is left over from an n8n that was stopped in between, and nobody has its secret any more.
 */
export async function subscribe(node: IHookFunctions, connector: Connector): Promise<boolean> {
	const wanted = wantedBy(node, connector);
	const { items } = (await ask(node, 'GET', 'subscriptions')) as unknown as { items: IDataObject[] };
	for (const { id, target_url } of items) {
		if (target_url === wanted.target_url) await ask(node, 'DELETE', path(String(id)));
	}
	const { id, secret } = await ask(node, 'POST', 'subscriptions', wanted);
	Object.assign(kept(node), { id, secret, wanted: JSON.stringify(wanted) });
	return true;
}

/** Ends the subscription, if there is one. */
export async function unsubscribe(node: IHookFunctions): Promise<boolean> {
	const { id } = kept(node);
	if (id !== undefined) await ask(node, 'DELETE', path(id));
	for (const name of ['id', 'secret', 'wanted'] as const) delete kept(node)[name];
	return true;
}

/**
 * Starts the workflow with what was delivered, if it comes from the server that this node has subscribed at. What the
 * server sends as a test starts a workflow that is being edited, and not one that is active: nothing has happened.
 */
export async function receive(node: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { headers, rawBody } = node.getRequestObject();
	const { secret } = kept(node);
	if (secret === undefined || !isGenuine(headers, rawBody, secret)) {
		node.getResponseObject().status(401).json({ message: 'The signature does not fit this workflow' });
		return { noWebhookResponse: true };
	}
	if (headers['gridwire-test'] === 'true' && node.getMode() !== 'manual') return {};
	return { workflowData: [node.helpers.returnJsonArray(node.getBodyData())] };
}

/** Whether one of the signatures (Standard Webhooks) fits the very bytes that came, and they are fresh. */
function isGenuine(headers: { [name: string]: unknown }, body: Buffer, secret: string): boolean {
	const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => String(headers[`webhook-${name}`]));
	if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE)) return false;
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const due = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
	return signatures.split(' ').some((signature) => {
		const [version, given] = [signature.slice(0, 3), Buffer.from(signature.slice(3), 'base64')];
		return version === 'v1,' && given.length === due.length && timingSafeEqual(given, due);
	});
}

function wantedBy(node: IHookFunctions, connector: Connector): IDataObject {
	const valueOf = (name: string) =>
		Object.hasOwn(node.getNode().parameters, name) ? (node.getNodeParameter(name, undefined) as unknown) : undefined;
	return {
		connection: connectionId(node.getNode(), valueOf('connection')),
		trigger: valueOf('event') as string,
		input: readInput(inputsOf(connector.properties, valueOf), valueOf, node.getTimezone()),
		target_url: node.getNodeWebhookUrl('default'),
		format: 'plain',
	};
}

function kept(node: IHookFunctions | IWebhookFunctions): Kept {
	return node.getWorkflowStaticData('node') as Kept;
}

function path(id: string): string {
	return `subscriptions/${encodeURIComponent(id)}`;
}
