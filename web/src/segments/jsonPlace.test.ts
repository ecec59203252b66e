import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeOf } from './jsonPlace.ts';

test.each<[string, string, string, number]>([
  ['{"all":\n [{"attribute": "a,b]"},\n {"segment" : "x"}]}', 'rule.all[1].segment', '"x"', 3],
  ['{"all": [{"attribute": "city"}]}', 'rule.all[0].operator', '{"attribute": "city"}', 1],
  ['{"not": {"any": [1, {"a": "\\"}"}]}}', 'rule.not.any[1].a', '"\\"}"', 1],
  ['  [1]', 'rule', '[1]', 1],
])('in %j the place of %s', (text, path, part, line) => {
  const place = placeOf(text, path);
  expect(text.slice(place?.start, place?.end)).toBe(part);
  expect(place?.line).toBe(line);
});

test('every value is found in any JSON, however it is written', () => {
  const name = fc.string({ minLength: 1 }).filter((text) => !/[.[\]]/.test(text));
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.jsonValue({ maxDepth: 0 }), tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  })).value;
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const visit = (inner: unknown, path: string) => {
        const place = placeOf(text, path);
        expect(JSON.parse(text.slice(place?.start, place?.end))).toEqual(JSON.parse(JSON.stringify(inner)));
        if (Array.isArray(inner)) for (const [at, one] of inner.entries()) visit(one, `${path}[${at}]`);
        else if (typeof inner === 'object' && inner !== null)
          for (const [key, one] of Object.entries(inner)) visit(one, `${path}.${key}`);
      };
      visit(value, 'rule');
    }),
  );
});
