-- What is known of the contacts of an audience that a segment is pushed to, by the MD5 of the address in lower case, as Mailchimp
-- names them. Who unsubscribed there stays known, also when they have left the segment: they are never subscribed again.
CREATE TABLE audience_contacts (
  connection uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  contact    text NOT NULL,
  -- As Mailchimp said last: subscribed (and tagged by us), or one that is left alone: unsubscribed, cleaned, pending, transactional.
  -- Or lost: pushed once, and not there or not tagged any more; it is to be pushed again.
  state      text NOT NULL,
  -- Added by this connection, and so archived when taken off; the others were on the audience before.
  ours       boolean NOT NULL,
  -- The reading of everybody with the tag that saw it last.
  seen       bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (connection, contact)
);
-- Whose contact it is; an address stays while any record has it.
CREATE INDEX connection_records_contact ON connection_records (md5(profile), connection) WHERE profile IS NOT NULL;
