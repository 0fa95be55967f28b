// Runs one exported package in n8n's own engine (n8n-core), without server, database or browser.
// usage: node harness.cjs PACKAGE; then JSON lines: {"do": ..., ...} in, {"ok": ...} or {"error": ...} out.
'use strict';
require('reflect-metadata');
const path = require('path');
const readline = require('readline');
// the container that n8n-core itself uses: npm may have put another version of it beside
const { Container } = require(require.resolve('@n8n/di', { paths: [require.resolve('n8n-core')] }));
const { BinaryDataService, ExecuteContext, ExecutionLifecycleHooks, HookContext, LoadOptionsContext, PackageDirectoryLoader, RoutingNode, WebhookContext, WorkflowExecute } = require('n8n-core');
const { ICredentialsHelper, NodeHelpers, Workflow, createEmptyRunExecutionData, createRunExecutionData } = require('n8n-workflow');

console.log = console.error; // standard output is for answers alone
const URLS = ['restApiUrl', 'instanceBaseUrl', 'webhookBaseUrl', 'webhookWaitingBaseUrl', 'webhookTestBaseUrl', 'formWaitingBaseUrl'];

const credentialTypes = {};
const nodeTypes = {
	start: {
		description: { name: 'start', displayName: 'Start', group: ['trigger'], version: 1, defaults: {}, inputs: [], outputs: ['main'], properties: [] },
		execute() {
			return [this.getInputData()];
		},
	},
};
let vendor;
let trigger;

async function load(packageDir) {
	const loader = new PackageDirectoryLoader(path.resolve(packageDir));
	await loader.loadAll();
	for (const [name, { type }] of Object.entries(loader.credentialTypes)) credentialTypes[name] = type;
	for (const [name, { type }] of Object.entries(loader.nodeTypes)) nodeTypes[name] = type;
	const names = Object.keys(loader.nodeTypes);
	trigger = names.find((name) => name.endsWith('Trigger'));
	vendor = names.find((name) => name !== trigger);
}

const registry = { getByName: (name) => nodeTypes[name], getByNameAndVersion: (name) => nodeTypes[name], getKnownTypes: () => ({}) };

class Credentials extends ICredentialsHelper {
	constructor(values) {
		super();
		this.values = values;
	}
	getParentTypes() {
		return [];
	}
	isCredentialUsableByNode() {
		return true;
	}
	async getDecrypted() {
		return { ...this.values };
	}
	async preAuthentication() {
		return undefined;
	}
	async authenticate(credentials, type, request, workflow, node) {
		const { properties } = credentialTypes[type].authenticate;
		const filled = (text) => workflow.expression.getParameterValue(text, null, 0, 0, node.name, [], 'internal', { $credentials: credentials });
		const headers = Object.entries(properties.headers).map(([name, value]) => [name, filled(value)]);
		return { ...request, headers: { ...request.headers, ...Object.fromEntries(headers) } };
	}
}

const webhookData = (node, mode) => ({
	httpMethod: 'POST',
	node: node.name,
	path: 'webhook',
	webhookDescription: nodeTypes[node.type].description.webhooks[0],
	workflowId: 'w',
	isTest: mode === 'manual',
});

const additionalData = (credentials, extra = {}) => ({
	credentialsHelper: new Credentials(credentials),
	executionId: '1',
	...Object.fromEntries(URLS.map((name) => [name, 'http://n8n.invalid/'])),
	variables: {},
	...extra,
});

function workflowOf(parameters, extra = {}, staticData = {}) {
	const credentials = { gridwireApi: { id: '1', name: 'Gridwire' } };
	const start = { id: '0', name: 'Start', type: 'start', typeVersion: 1, position: [0, 0], parameters: {} };
	const node = { id: '1', name: 'Node', type: vendor, typeVersion: 1, position: [200, 0], parameters, credentials, ...extra };
	const connections = { Start: { main: [[{ node: 'Node', type: 'main', index: 0 }]] } };
	const settings = { timezone: 'Europe/Berlin' };
	return new Workflow({ id: 'w', name: 'w', nodes: [start, node], connections, active: false, nodeTypes: registry, settings, staticData });
}

/** A workflow that begins with the trigger node, which is known to n8n by an ID. */
const triggered = (parameters, staticData) => workflowOf(parameters, { type: trigger, webhookId: 'a-webhook' }, staticData);

const shown = (error) => ({
	message: error.message,
	description: error.description,
	httpCode: error.httpCode,
	itemIndex: error.context?.itemIndex,
});

const commands = {
	describe: ({ type = vendor }) => nodeTypes[type].description,

	async load({ method, parameters = {}, credentials }) {
		const workflow = workflowOf(parameters);
		const data = additionalData(credentials, { currentNodeParameters: parameters });
		const context = new LoadOptionsContext(workflow, workflow.nodes.Node, data, 'parameters.x');
		return { results: await nodeTypes[vendor].methods.loadOptions[method].call(context) };
	},

	// the parameters as n8n saves them with a workflow: what is left as it was is not saved
	save({ type = vendor, parameters }) {
		const { description } = nodeTypes[type];
		const { Node: node } = workflowOf(parameters, { type }).nodes;
		return NodeHelpers.getNodeParameters(description.properties, parameters, false, false, node, description);
	},

	async execute({ parameters, items = [{ json: {} }], credentials, onError }) {
		const workflow = workflowOf(parameters, onError && { onError });
		const issues = NodeHelpers.getNodeParametersIssues(nodeTypes[vendor].description.properties, workflow.nodes.Node, nodeTypes[vendor].description);
		if (issues) return { issues };
		const nodeExecutionStack = [{ node: workflow.nodes.Start, data: { main: [items] }, source: null }];
		const run = createRunExecutionData({ executionData: { nodeExecutionStack } });
		const hooks = new ExecutionLifecycleHooks('manual', '1', { id: 'w', name: 'w', nodes: [], connections: {} });
		const { data } = await new WorkflowExecute(additionalData(credentials, { hooks }), 'manual', run).processRunExecutionData(workflow);
		if (data.resultData.error) return { error: shown(data.resultData.error) };
		return { outputs: data.resultData.runData.Node[0].data.main };
	},

	async search({ type = vendor, method, parameters = {}, credentials, filter, page }) {
		const workflow = workflowOf(parameters, { type });
		const node = workflow.nodes.Node;
		const context = new LoadOptionsContext(workflow, node, additionalData(credentials, { currentNodeParameters: parameters }), 'parameters.x');
		return await nodeTypes[type].methods.listSearch[method].call(context, filter, page);
	},

	// what n8n does when a workflow is activated, checked at start, and deactivated; `kept` is the workflow's static data
	async hook({ method, parameters, credentials, kept = {}, base, mode = 'trigger' }) {
		const workflow = triggered(parameters, kept);
		const node = workflow.nodes.Node;
		const issues = NodeHelpers.getNodeParametersIssues(nodeTypes[trigger].description.properties, node, nodeTypes[trigger].description);
		if (issues) return { issues };
		const data = additionalData(credentials, { webhookBaseUrl: base, webhookTestBaseUrl: `${base}-test` });
		const context = new HookContext(workflow, node, data, mode, 'activate', webhookData(node, mode));
		const result = await nodeTypes[trigger].webhookMethods.default[method].call(context);
		return { result, kept: workflow.staticData };
	},

	// what n8n does with a request to the trigger's address; `body` is its text
	async receive({ parameters, kept, headers, body, mode = 'webhook' }) {
		const workflow = triggered(parameters, kept);
		const node = workflow.nodes.Node;
		const answered = {};
		const httpResponse = {
			status(code) {
				answered.status = code;
				return this;
			},
			json(given) {
				answered.body = given;
				return this;
			},
		};
		const httpRequest = { headers, rawBody: Buffer.from(body), body: JSON.parse(body) };
		const data = additionalData({}, { httpRequest, httpResponse });
		const context = new WebhookContext(workflow, node, data, mode, webhookData(node, mode), [], null);
		return { ...(await nodeTypes[trigger].webhook.call(context)), answered };
	},

	// as n8n's own credential tester does: a node that routes one request
	async test({ credentials }) {
		const [type] = Object.values(credentialTypes);
		const properties = [{ displayName: 'Temp', name: 'temp', type: 'string', default: '', routing: { request: type.test.request } }];
		nodeTypes.temp = { description: { ...nodeTypes[vendor].description, name: 'temp', properties } };
		const workflow = workflowOf({}, { type: 'temp' });
		const data = { main: [[{ json: {} }]] };
		const node = workflow.nodes.Node;
		const context = new ExecuteContext(workflow, node, additionalData(credentials), 'internal', createEmptyRunExecutionData(), 0, data.main[0], data, { node, data, source: null }, []);
		await new RoutingNode(context, nodeTypes.temp, { name: 'temp', type: type.name, data: credentials }).runNode();
		return { status: 'OK' };
	},
};

async function main() {
	await Container.get(BinaryDataService).init();
	await load(process.argv[2]);
	for await (const line of readline.createInterface({ input: process.stdin })) {
		const command = JSON.parse(line);
		const answer = await Promise.resolve(command)
			.then((given) => commands[given.do](given))
			.then((ok) => ({ ok }), (error) => ({ error: shown(error) }));
		process.stdout.write(`${JSON.stringify(answer)}\n`);
	}
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
