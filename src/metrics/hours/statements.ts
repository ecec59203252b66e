import { adhoc, statement } from '../../engine/index.ts';

const file = (name: string) => statement(import.meta.url, `./sql/${name}.sql`);

/** The builder's statements, in the order in which they run. */
export const statements = {
  now: file('now_of_engine'),
  newestVersion: file('newest_version'),
  hoursDirty: file('hours_dirty'),
  hoursChunks: file('hours_chunks'),
  hoursListed: file('hours_listed'),
  openHours: file('open_hours'),
  chunksOfList: file('chunks_of_list'),

  record: file('build_record'),
  eventsByPerson: file('events_by_person'),
  metricHours: file('metric_hours'),
  personHours: file('person_hours'),

  piecesFound: file('pieces_found'),
  pieceChanges: file('piece_changes'),
  changesLeft: file('changes_left'),
  pieces: file('pieces'),
  regions: file('regions'),
  regionsUnsettled: file('regions_unsettled'),
  sessionsFound: file('sessions_found'),
  sessions: file('sessions'),
  sessionsRecord: file('sessions_record'),

  staleFound: file('stale_found'),
  staleMonths: file('stale_months'),
};

/** Which of the builder's lists: hours to close, or hours whose sessions are due. */
export type List = 'hours' | 'open';

const emptied = (table: string) => adhoc(`empty_${table}`, `TRUNCATE TABLE ${table}`);
const listDropped = (list: string) =>
  adhoc(`drop_list_${list}`, `ALTER TABLE hour_work DROP PARTITION '${list}'`);

/** What takes away the notes of the run before. */
export const empty = {
  piecesFound: emptied('pieces_found'),
  sessionChanges: emptied('session_changes'),
  sessionRegions: emptied('session_regions'),
  sessionsFound: emptied('sessions_found'),
  hourStale: emptied('hour_stale'),
  list: {
    dirty: listDropped('dirty'),
    hours: listDropped('hours'),
    open: listDropped('open'),
  },
};
