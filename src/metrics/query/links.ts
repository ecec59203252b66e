const newest = 'SELECT from_person, sipHash64(max(link).user_id) AS next FROM identities';
const here = 'workspace = {workspace:UUID}';
/** Links that others lead to: few, since most lead from a device to a user. */
const further = `${newest} WHERE ${here} AND from_person IN (SELECT sipHash64(link.user_id) FROM identities WHERE ${here}) GROUP BY from_person`;

/**
 * SQL of who each linked person is in the end: `from_person`, `to_person`. Links are followed
 * up to four times, as in the view identity_links. The workspace is bound in each part, and only the links in memory that are
 * needed to follow others: 3 million fit into what a question may use.
 */
export const personLinks = `SELECT a.from_person AS from_person,
  multiIf(d.next != 0, d.next, c.next != 0, c.next, b.next != 0, b.next, a.next) AS to_person
FROM (${newest} WHERE ${here} GROUP BY from_person) AS a
LEFT ANY JOIN (${further}) AS b ON a.next = b.from_person
LEFT ANY JOIN (${further}) AS c ON b.next = c.from_person
LEFT ANY JOIN (${further}) AS d ON c.next = d.from_person`;
