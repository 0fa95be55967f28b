import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';
import { connectionId, inputsOf, readInput, type Connector } from './input';
import { ask } from './server';

type Search = (this: ILoadOptionsFunctions, filter?: string, page?: string) => Promise<INodeListSearchResult>;

/** The searches behind the dropdowns: `connections`, and `OPERATION:FIELD` for each input whose choices the server knows. */
export function listSearch(connector: Connector): { [method: string]: Search } {
	const methods: { [method: string]: Search } = {
		async connections(filter) {
			return await searchConnections(this, connector.name, filter);
		},
	};
	for (const method of methodsIn(connector.properties)) {
		methods[method] ??= async function (filter, page) {
			return await searchChoices(this, connector, method, filter, page);
		};
	}
	return methods;
}

/** Every `searchListMethod` in the properties, at any depth. */
function methodsIn(value: unknown): string[] {
	if (typeof value !== 'object' || value === null) return [];
	const { searchListMethod } = value as { searchListMethod?: string };
	return [...(searchListMethod ? [searchListMethod] : []), ...Object.values(value).flatMap(methodsIn)];
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
	const valueOf = (name: string) => settled(parameters[name]);
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
