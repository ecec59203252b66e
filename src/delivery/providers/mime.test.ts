import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSender } from '../schema.ts';
import { storable } from '../storable.ts';
import { mimeOf } from './mime.ts';
import { retryAfter } from './provider.ts';
import { emailOf } from './providers.testing.ts';

const anything = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }), lineBreaks())
  .map(storable);

/** What forges headers where it gets through. */
function lineBreaks() {
  return fc
    .array(
      fc.constantFrom('\r\n', '\n', '\r', 'Bcc: eve@example.com', 'From: eve@example.com', ' ', 'ä', '=?'),
    )
    .map((parts) => parts.join(''));
}

test('whatever a template renders, an email has its own headers and no others, in lines that may be sent', async () => {
  const name = anything.map((text) => text.replace(/["<>\\\r\n]/g, ''));
  await fc.assert(
    fc.asyncProperty(anything, anything, anything, name, async (subject, html, text, called) => {
      const from = `${called} <shop@example.com>`;
      fc.pre(parseSender(from) !== undefined);
      const mime = await mimeOf(emailOf({ subject, html, text, from }));
      const bytes = mime.bytes.toString('latin1');
      const head = bytes.slice(0, bytes.indexOf('\r\n\r\n'));
      const names = head.split(/\r\n(?![ \t])/).map((line) => line.slice(0, line.indexOf(':')));
      const expected = [
        ...['List-Unsubscribe', 'List-Unsubscribe-Post', 'X-Rapport-Message-ID', 'From', 'To', 'Subject'],
        ...['Message-ID', 'Date', 'MIME-Version', 'Content-Type'],
      ];
      // An empty subject is none; a part that is alone has its encoding in the head.
      const optional = new Set(['Subject', 'Content-Transfer-Encoding']);
      expect(names.filter((one) => !optional.has(one))).toEqual(expected.filter((one) => !optional.has(one)));
      expect(bytes).toMatch(/^[\t\r\n\x20-\x7e]*$/);
      expect(Math.max(...bytes.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
      expect(mime.to).toBe('zoe@example.com');
      expect(mime.from).toMatch(/^[\x20-\x7e]*<?shop@example\.com>?$/);
    }),
    { numRuns: 300 },
  );
});

test('how long to wait is told in seconds or by a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(retryAfter('7', now)).toBe(7_000);
  expect(retryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000);
  expect(retryAfter('Wed, 31 Dec 2025 00:01:00 GMT', now)).toBe(0);
  expect(retryAfter('999999999', now)).toBe(86_400_000);
  expect([retryAfter(undefined), retryAfter(''), retryAfter('soon')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
