import { type SampleRequest, sampleRequests, variables } from './requests.ts'
import { signingScript } from './signing-script.ts'

/** The API as an export of Insomnia, format 4: a folder for each subject in one that has the script that signs. */
export function insomniaExport() {
  const requests = sampleRequests()
  const groups = [...new Set(requests.map(({ group }) => group))]
  return {
    _type: 'export',
    __export_format: 4,
    __export_source: 'gatehouse',
    resources: [
      { _id: 'wrk_gatehouse', _type: 'workspace', parentId: null, name: 'Gatehouse', scope: 'collection' },
      {
        _id: 'env_gatehouse',
        _type: 'environment',
        parentId: 'wrk_gatehouse',
        name: 'Base Environment',
        data: { ...variables },
      },
      {
        _id: 'fld_gatehouse',
        _type: 'request_group',
        parentId: 'wrk_gatehouse',
        name: 'Gatehouse',
        preRequestScript: signingScript,
      },
      ...groups.map((group) => ({
        _id: `fld_${group}`,
        _type: 'request_group',
        parentId: 'fld_gatehouse',
        name: group,
      })),
      ...requests.map(resourceOf),
    ],
  }
}

function resourceOf(request: SampleRequest) {
  return {
    _id: `req_${request.id}`,
    _type: 'request',
    parentId: `fld_${request.group}`,
    name: request.name,
    description: request.description,
    method: request.method,
    url: `{{ _.base_url }}${request.path}`,
    headers: request.headers.map(({ name, value }) => ({ name, value: inTags(value) })),
    parameters: request.query.map(({ name, value, required }) => ({ name, value, disabled: !required })),
    pathParameters: request.pathParameters.map((name) => ({ name, value: '' })),
    body: request.body === undefined ? {} : { mimeType: 'application/json', text: request.body },
  }
}

/** Insomnia names its variables as `{{ _.name }}`. */
function inTags(value: string): string {
  return value.replace(/\{\{(\w+)\}\}/g, '{{ _.$1 }}')
}
