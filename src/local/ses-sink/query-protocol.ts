/**
 * The AWS Query protocol as `@aws-sdk/client-ses` speaks it: a form in, XML out.
 * Source: https://docs.aws.amazon.com/ses/latest/APIReference/CommonParameters.html
 */

const namespace = 'http://ses.amazonaws.com/doc/2010-12-01/';

/** An error that SES would answer with: the SDK turns `code` into the name of the exception. */
export class SesError extends Error {
  override readonly name = 'SesError';

  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** The items of a list parameter: `ToAddresses.member.1`, `.2`, … */
export function members(form: URLSearchParams, name: string): string[] {
  const items: string[] = [];
  for (let index = 1; ; index += 1) {
    const item = form.get(`${name}.member.${index}`);
    if (item === null) return items;
    items.push(item);
  }
}

/** A parameter without which the action makes no sense. */
export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') {
    throw new SesError('ValidationError', `1 validation error detected: Value at '${name}' must not be null or empty`);
  }
  return value;
}

/** Answer of an action: each field of the result is one element. */
export function resultXml(action: string, result: Record<string, string>, requestId: string): string {
  const fields = Object.entries(result)
    .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
    .join('');
  return `<${action}Response xmlns="${namespace}"><${action}Result>${fields}</${action}Result>${metadata(requestId)}</${action}Response>`;
}

export function errorXml(error: SesError, requestId: string): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const body = `<Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  return `<ErrorResponse xmlns="${namespace}"><Error>${body}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function metadata(requestId: string): string {
  return `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
