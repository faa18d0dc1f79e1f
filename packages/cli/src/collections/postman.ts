import { type SampleRequest, sampleRequests, variables } from './requests.ts'
import { signingScript } from './signing-script.ts'

/** The API as a Postman Collection, format 2.1: a folder for each subject, and one script that signs. */
export function postmanCollection() {
  const requests = sampleRequests()
  return {
    info: {
      name: 'Gatehouse',
      description: 'Set base_url, client_id and client_secret in the variables of this collection.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    variable: Object.entries(variables).map(([key, value]) => ({ key, value })),
    event: [{ listen: 'prerequest', script: { type: 'text/javascript', exec: signingScript.split('\n') } }],
    item: [...new Set(requests.map(({ group }) => group))].map((group) => ({
      name: group,
      item: requests.filter((request) => request.group === group).map(itemOf),
    })),
  }
}

function itemOf(request: SampleRequest) {
  return {
    name: request.name,
    request: {
      method: request.method,
      description: request.description,
      header: request.headers.map(({ name, value }) => ({ key: name, value })),
      url: {
        raw: `{{base_url}}${request.path}`,
        host: ['{{base_url}}'],
        path: request.path.slice(1).split('/'),
        variable: request.pathParameters.map((key) => ({ key, value: '' })),
        query: request.query.map(({ name, value, required }) => ({ key: name, value, disabled: !required })),
      },
      ...(request.body !== undefined && {
        body: { mode: 'raw', raw: request.body, options: { raw: { language: 'json' } } },
      }),
    },
  }
}
