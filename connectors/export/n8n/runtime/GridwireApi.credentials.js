"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.GridwireApi = void 0;
class GridwireApi {
    name = 'gridwireApi';
    displayName = 'Gridwire API';
    icon = { light: 'file:../icons/gridwire.svg', dark: 'file:../icons/gridwire.dark.svg' };
    documentationUrl = 'https://docs.n8n.io/credentials/add-edit-credentials/';
    properties = [
        {
            displayName: 'Server URL',
            name: 'serverUrl',
            type: 'string',
            default: '',
            required: true,
            placeholder: 'e.g. https://gridwire.example.com',
            description: 'Where your gridwire server answers, as n8n sees it',
        },
        {
            displayName: 'API Key',
            name: 'apiKey',
            type: 'string',
            typeOptions: { password: true },
            default: '',
            required: true,
            description: 'A key of your gridwire server, which <code>gridwire keys add n8n --scope use</code> makes',
        },
    ];
    authenticate = {
        type: 'generic',
        properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
    };
    test = {
        request: { baseURL: '={{$credentials.serverUrl.trim().replace(/\\/+$/, "")}}', url: '/v1/connectors' },
    };
}
exports.GridwireApi = GridwireApi;
