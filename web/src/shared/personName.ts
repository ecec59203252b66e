/** What a person is called on the page: name, else e-mail, else id. */
export function personName(person: {
  id: string;
  first_name?: string | null;
  last_name?: string | null;
  email?: string | null;
}): string {
  return [person.first_name, person.last_name].filter(Boolean).join(' ') || person.email || person.id;
}
