/** What stands in the places an erasure goes through, as people call it. */
const places: Record<string, string> = {
  messages: 'Messages in the log',
  messages_rejected: 'Messages that could not be taken',
  events: 'Events',
  person_events: 'Where their events lie',
  profile_attributes: 'Attributes',
  people: 'When they were seen',
  people_texts: 'What they are found by',
  profile_places: 'Locations',
  identities: 'Ids joined',
  identity_owners: 'Whose the ids are',
  segment_changes: 'Segments entered and left',
  segment_picks: 'Segments they were picked for',
  segment_uploads: 'Lists given to segments',
  enrolments: 'Campaigns they were in',
  emails: 'Emails in the ledger',
  mailbox: 'Emails in the dev mailbox',
  suppressions: 'Suppressed addresses, now hashes',
  consents: 'Consents, now under hashes',
  import_errors: 'Samples of bad rows of imports',
  connection_records: 'Records of connections',
  connection_dead_letters: 'Dead letters of connections',
};

/** A place without a name here is called as the server calls it. */
export function placeText(place: string): string {
  const words = place.replaceAll('_', ' ');
  return places[place] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

const order = Object.keys(places);

/** The log first, then what is made of it, then the rooms; places without a name at the end. */
export const byPlace = (a: { place: string }, b: { place: string }) =>
  (order.indexOf(a.place) + 1 || order.length + 1) - (order.indexOf(b.place) + 1 || order.length + 1);
