import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { connectionId, inputsOf, readInput, type Connector } from './input';
import { ask } from './server';

/** The most choices that a list to pick several from shows; n8n cannot search it at the server. */
const MOST = 1000;

type Search = (this: ILoadOptionsFunctions, filter?: string, page?: string) => Promise<INodeListSearchResult>;

/** The searches behind the dropdowns: `connections`, and `OPERATION:FIELD` for each input whose choices the server knows. */
export function listSearch(connector: Connector): { [method: string]: Search } {
	const methods: { [method: string]: Search } = {
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

type Load = (this: ILoadOptionsFunctions) => Promise<INodePropertyOptions[]>;

/** What stands in the lists to pick several from: `OPERATION:FIELD` for each such input. */
export function loadOptions(connector: Connector): { [method: string]: Load } {
	const methods: { [method: string]: Load } = {};
	for (const method of methodsIn(connector.properties, 'loadOptionsMethod')) {
		methods[method] ??= async function () {
			return await allChoices(this, connector, method);
		};
	}
	return methods;
}

/** Every method that the properties name so, at any depth. */
function methodsIn(value: unknown, name: 'searchListMethod' | 'loadOptionsMethod'): string[] {
	if (typeof value !== 'object' || value === null) return [];
	const { [name]: method } = value as { [name: string]: unknown };
	const own = typeof method === 'string' ? [method] : [];
	return [...own, ...Object.values(value).flatMap((inner) => methodsIn(inner, name))];
}

async function allChoices(
	caller: ILoadOptionsFunctions,
	connector: Connector,
	method: string,
): Promise<INodePropertyOptions[]> {
	const found: INodePropertyOptions[] = [];
	let page: string | undefined;
	do {
		const { results, paginationToken } = await searchChoices(caller, connector, method, undefined, page);
		found.push(...results);
		page = paginationToken as string | undefined;
	} while (page !== undefined && found.length < MOST);
	return found;
}

async function searchConnections(
	caller: ILoadOptionsFunctions,
	connector: string,
	filter = '',
): Promise<INodeListSearchResult> {
	const { items } = (await ask(caller, 'GET', 'connections')) as unknown as { items: IDataObject[] };
	const ours = items.filter((connection) => connection.connector === connector);
	const results = ours.map(({ id, name }) => ({ name: String(name), value: String(id) }));
	return { results: results.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())) };
}

async function searchChoices(
	caller: ILoadOptionsFunctions,
	connector: Connector,
	method: string,
	search?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	const [operation, field] = method.split(':');
	const parameters = caller.getCurrentNodeParameters() ?? {};
	const valueOf = (name: string) => (Object.hasOwn(parameters, name) ? settled(parameters[name]) : undefined);
	const input = readInput(inputsOf(connector.properties, valueOf), valueOf, caller.getTimezone());
	const connection = connectionId(caller.getNode(), valueOf('connection'));
	const path = `connections/${encodeURIComponent(connection)}/choices`;
	const body = { operation, field, input, ...(search && { search }), ...(page && { next: page }) };
	const answer = await ask(caller, 'POST', path, body);
	const choices = answer.choices as Array<{ value: INodeListSearchItems['value']; title?: string }>;
	const results = choices.map(({ value, title }) => ({ name: title || String(value), value: inert(value) }));
	return { results, paginationToken: (answer.next as string | null) ?? undefined };
}

/** n8n would run a value that begins with `=`, and this one is the vendor's: it becomes a text that gives just itself. */
function inert(value: INodeListSearchItems['value']): INodeListSearchItems['value'] {
	if (typeof value !== 'string' || !value.startsWith('=')) return value;
	return `={{ ${JSON.stringify(value).replace(/[{}]/g, (brace) => (brace === '{' ? '\\u007b' : '\\u007d'))} }}`;
}

/** A parameter without its expressions: while a workflow is being edited, nothing is known of what they will give. */
function settled(value: unknown): unknown {
	if (typeof value === 'string') return value.startsWith('=') ? undefined : value;
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map(settled).filter((one) => one !== undefined);
	return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, settled(one)]));
}
