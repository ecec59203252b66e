import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

// Imported, its default is one thing to Node.js and another to Vitest.
const local = createRequire(import.meta.url)('aws-ses-v2-local') as typeof import('aws-ses-v2-local');

/** What the stand-in keeps of an email; names are its own. */
interface Kept {
  messageId: string;
  from: string;
  destination: { to: string[] };
  subject: string;
  body: { html?: string; text?: string };
}

/** A request for SendEmail, as in Amazon's reference. */
export interface SendEmail {
  FromEmailAddress: string;
  Destination: { ToAddresses: string[] };
  Content: {
    Raw?: { Data: string };
    Template?: { TemplateName: string; TemplateData: string; Headers: { Name: string; Value: string }[] };
  };
  ConfigurationSetName?: string;
  EmailTags: { Name: string; Value: string }[];
}

/**
 * The npm `aws-ses-v2-local`, behind a front that notes what was asked for (it keeps neither tags nor headers) and
 * answers with the errors of Amazon's reference when told to, as it has none. Signatures are not checked.
 */
export async function startSes() {
  const ses = await local.default({ host: '127.0.0.1', port: 0 });
  const behind = `http://127.0.0.1:${(ses.address() as AddressInfo).port}`;
  const asked: SendEmail[] = [];
  let failure:
    | { status: number; type: string; message: string; headers?: Record<string, string> }
    | undefined;

  const front = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    if (request.url === '/v2/email/outbound-emails') asked.push(JSON.parse(body) as SendEmail);
    if (failure) {
      const { status, type, message, headers } = failure;
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-amzn-errortype': type,
        ...headers,
      });
      return response.end(JSON.stringify({ message }));
    }
    const answer = await fetch(`${behind}${request.url}`, {
      method: request.method!,
      headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' },
      ...(body && { body }),
    });
    const text = await answer.text();
    const type = /"type":"(\w+)"/.exec(text)?.[1];
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...(type && { 'x-amzn-errortype': type }),
    });
    response.end(text);
  });
  await new Promise<void>((listening) => front.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;

  return {
    url,
    /** Every SendEmail so far. */
    asked,
    async kept(): Promise<Kept[]> {
      return ((await (await fetch(`${behind}/store`)).json()) as { emails: Kept[] }).emails;
    },
    /** Answers everything so until told otherwise. */
    fail(how?: typeof failure) {
      failure = how;
    },
    async close() {
      for (const server of [front, ses]) {
        server.closeAllConnections();
        await new Promise<void>((closed) => server.close(() => closed()));
      }
    },
  };
}
