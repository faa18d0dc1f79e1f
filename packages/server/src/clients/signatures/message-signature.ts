import { z } from 'zod'
import { hasTwins, isInnerList, type Member, type Parameter, parseDictionary } from './structured-fields.ts'

const ourTag = 'gatehouse'

/** The parameters that we understand. Another one would be a wish that we do not grant. */
const SignatureParameters = z.strictObject({
  created: z.int().positive(),
  expires: z.int().positive().optional(),
  nonce: z.string().regex(/^[A-Za-z0-9_+/=-]{16,128}$/),
  keyid: z.string(),
  alg: z.literal('hmac-sha256').optional(),
  tag: z.literal(ourTag),
})

/** A signature of RFC 9421 in the one form that we accept, not judged yet. */
export interface MessageSignature {
  /** Names of the covered components, each once. */
  readonly components: readonly string[]
  readonly parameters: z.infer<typeof SignatureParameters>
  /** Components and parameters as they are signed. */
  readonly text: string
  readonly mac: Uint8Array
}

/**
 * Finds the signature that is meant for us, under whatever label, or says what is wrong with its form. Two of them are none:
 * who would say which one counts?
 */
export function findMessageSignature(inputField: string, signatureField: string): MessageSignature | string {
  const inputs = parseDictionary(inputField)
  const signatures = parseDictionary(signatureField)
  if (!inputs || !signatures || hasTwins(inputs) || hasTwins(signatures)) {
    return 'Signature-Input and Signature must be dictionaries (RFC 8941) with each label once.'
  }
  const [input, ...others] = inputs.filter(isOurs)
  if (!input || others.length > 0) return `One signature, and no more, must have tag="${ourTag}".`
  const mac = findMac(signatures.find(({ key }) => key === input.key))
  if (!mac) return `Signature must have bytes under the label that has tag="${ourTag}".`
  const components = findComponents(input)
  if (!components) return 'Signature-Input must list names of components, each once and without parameters.'
  const parameters = findParameters(input.value.parameters)
  if (!parameters) {
    return 'Signature-Input must have created, nonce (16 to 128 of base64), keyid and tag; it may have expires and alg="hmac-sha256".'
  }
  const text = serialize(components, input.value.parameters)
  // Many spellings have one meaning. Only the one that is signed is taken (RFC 9421, section 2.3).
  if (text !== input.text) return `Signature-Input must be in canonical form, here ${text}.`
  return { components, parameters, text, mac }
}

function isOurs({ value }: Member): boolean {
  return value.parameters.some(
    ({ key, value: item }) => key === 'tag' && item.type === 'string' && item.value === ourTag,
  )
}

function findMac(signature: Member | undefined): Uint8Array | undefined {
  if (!signature || isInnerList(signature.value)) return undefined
  const { value: item, parameters } = signature.value
  return item.type === 'bytes' && parameters.length === 0 ? item.value : undefined
}

function findComponents({ value }: Member): readonly string[] | undefined {
  if (!isInnerList(value)) return undefined
  const names = value.items.flatMap(({ value: item, parameters }) =>
    item.type === 'string' && parameters.length === 0 ? [item.value] : [],
  )
  return names.length === value.items.length && new Set(names).size === names.length ? names : undefined
}

function findParameters(given: readonly Parameter[]): MessageSignature['parameters'] | undefined {
  if (hasTwins(given)) return undefined
  return SignatureParameters.safeParse(Object.fromEntries(given.map(({ key, value }) => [key, value.value]))).data
}

function serialize(components: readonly string[], parameters: readonly Parameter[]): string {
  const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
  const pairs = parameters.map(
    ({ key, value: { value } }) => `;${key}=${typeof value === 'number' ? value : quote(String(value))}`,
  )
  return `(${components.map(quote).join(' ')})${pairs.join('')}`
}
