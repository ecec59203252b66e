import { describe, expect, test } from 'vitest';
import { joinEmails } from './merge.ts';
import type { RenderedEmail } from './providers/index.ts';

const email = (subject: string, html: string, text = subject): RenderedEmail => ({
  ...{
    workspace: 'w',
    id: subject,
    profile: 'p',
    messageId: `<${subject}@shop>`,
    from: 'a@b.c',
    to: 'd@e.f',
  },
  ...{ subject, html, text, headers: [], date: new Date(0) },
});

describe('emails that go out as one', () => {
  test('are the first, with what the others say after it', () => {
    const first = email('One', '<html><head><title>x</title></head><body class="a"><p>one</p></body></html>');
    const second = email(
      'Two',
      '<!doctype html><html><head><style>.b{color:red}</style></head><body><p class="b">two</p></body></html>',
    );
    const third = email('Two', '<p>three</p>');
    const { subject, html, text, messageId } = joinEmails(first, [second, third]);
    expect({ subject, text, messageId }).toEqual({
      subject: 'One · Two',
      text: 'One\n\n* * *\n\nTwo\n\n* * *\n\nTwo',
      messageId: '<One@shop>',
    });
    expect(html.replace(/<hr[^>]*>/g, '|').replace(/\n/g, '')).toBe(
      '<html><head><title>x</title><style>.b{color:red}</style></head><body class="a"><p>one</p>' +
        '|<p class="b">two</p>|<p>three</p></body></html>',
    );
  });

  test('hold together where there are no documents, and what stands in comments and scripts is no tag', () => {
    expect(joinEmails(email('a', '<p>1</p>'), [email('b', '<p>2</p>')]).html).toMatch(
      /^<p>1<\/p>\n<hr.*>\n<p>2<\/p>$/,
    );
    const html = '<html><body><!-- </body> --><p>1</p></body></html>';
    expect(joinEmails(email('a', html), [email('b', '2')]).html).toMatch(
      /^<html><body><!-- <\/body> --><p>1<\/p>\n<hr.*>\n2<\/body><\/html>$/,
    );
  });

  test('have a subject that is not too long', () => {
    const long = 'x'.repeat(100);
    expect(joinEmails(email(long, 'a'), [email(`${long}2`, 'b')]).subject).toHaveLength(150);
  });
});
