import {
	NodeApiError,
	type IDataObject,
	type IExecuteFunctions,
	type IHookFunctions,
	type IHttpRequestMethods,
	type ILoadOptionsFunctions,
	type IN8nHttpFullResponse,
	type JsonObject,
} from 'n8n-workflow';

/** What the server says to programs, about a header, helps nobody here. */
const NEW_KEY = 'Make a new key on the server, `gridwire keys add n8n --scope use`, and put it into the credential.';

type Caller = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions;

/** Asks the gridwire server. Throws a NodeApiError that says what the server said, with the whole answer in its context. */
export async function ask(
	caller: Caller,
	method: IHttpRequestMethods,
	path: string,
	body?: IDataObject,
	itemIndex?: number,
): Promise<IDataObject> {
	const { response, serverUrl } = await send(caller, { method, path, body }, itemIndex);
	return answer(caller, response, serverUrl, itemIndex);
}

/** What the server has at this path, or undefined if there is nothing. */
export async function find(caller: Caller, path: string): Promise<IDataObject | undefined> {
	const { response, serverUrl } = await send(caller, { method: 'GET', path });
	if (response.statusCode === 404) return undefined;
	return answer(caller, response, serverUrl);
}

async function send(
	caller: Caller,
	request: { method: IHttpRequestMethods; path: string; body?: IDataObject },
	itemIndex?: number,
): Promise<{ response: IN8nHttpFullResponse; serverUrl: string }> {
	const { serverUrl } = await caller.getCredentials<{ serverUrl: string }>('gridwireApi');
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
		})) as IN8nHttpFullResponse;
		return { response, serverUrl };
	} catch (error) {
		throw new NodeApiError(caller.getNode(), { cause: String((error as Error).message) }, {
			message: `The gridwire server at ${serverUrl} was not reached`,
			description: `Check that it runs and that the credential names it as n8n sees it. ${notes(error)}`.trim(),
			itemIndex,
		});
	}
}

function answer(
	caller: Caller,
	response: IN8nHttpFullResponse,
	serverUrl: string,
	itemIndex?: number,
): IDataObject {
	if (response.statusCode === 204) return {};
	if (response.statusCode >= 200 && response.statusCode < 300 && isObject(response.body)) return response.body;
	throw refusal(caller, response, serverUrl, itemIndex);
}

function refusal(caller: Caller, response: IN8nHttpFullResponse, serverUrl: string, itemIndex?: number): NodeApiError {
	const problem: IDataObject = isObject(response.body) ? response.body : {};
	const message = text(problem.message) || `${serverUrl} answered ${response.statusCode}, not as a gridwire server does`;
	const vendor = text(problem.vendor_message);
	const words = vendor && !message.includes(vendor) ? `The vendor says: "${vendor}".` : '';
	const remedy = response.statusCode === 401 ? NEW_KEY : text(problem.remedy);
	const error = new NodeApiError(caller.getNode(), problem as JsonObject, {
		message,
		description: [words, remedy].filter(Boolean).join(' ') || undefined,
		httpCode: String(response.statusCode),
		itemIndex,
	});
	error.context.data = problem;
	return error;
}

function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

function notes(error: unknown): string {
	const { description, message } = error as { description?: string | null; message?: string };
	return `(${description || message})`;
}
