import { type Access, createAccess } from './access/index.ts';
import { type Alerts, createAlerts } from './alerts/index.ts';
import {
  type Campaigns,
  createCampaigns,
  eraseFromCampaigns,
  showCampaignsOf,
  takeLoyaltyCampaigns,
} from './campaigns/index.ts';
import { type Collect, createCollect } from './collect/index.ts';
import {
  type Connections,
  createConnections,
  eraseFromConnections,
  showConnectionsOf,
} from './connections/index.ts';
import { createDelivery, type Delivery, eraseFromDelivery, exportEmailsOf } from './delivery/index.ts';
import type { Engine, Room } from './engine/index.ts';
import { createImports, eraseFromImports, type Imports } from './imports/index.ts';
import { createLog, type Log } from './log/index.ts';
import { createMetrics, type Metrics } from './metrics/index.ts';
import { createProfiles, type Profiles } from './profiles/index.ts';
import { createPrograms, type Programs, showLocationsOf } from './programs/index.ts';
import { createSegments, type Segments } from './segments/index.ts';
import {
  tellOfLists,
  tellOfNames,
  tellOfPeople,
  tellOfPrograms,
  watchAccounts,
  watchConnections,
  watchWorkers,
} from './watches.ts';

export interface Rooms {
  log: Log;
  access: Access;
  alerts: Alerts;
  profiles: Profiles;
  programs: Programs;
  segments: Segments;
  delivery: Delivery;
  imports: Imports;
  connections: Connections;
  collect: Collect;
  metrics: Metrics;
  campaigns: Campaigns;
  /** In the order of the floors, lowest first: migrated and started so, stopped the other way round. */
  all: readonly Room[];
}

/** Builds the house: every room, given the rooms below that it uses. */
export function createRooms(engine: Engine): Rooms {
  const log = createLog(engine);
  const access = createAccess(engine);
  const alerts = createAlerts(engine);
  const profiles = createProfiles(engine, { log });
  const programs = createPrograms(engine, { log });
  const segments = createSegments(engine, { log, profiles });
  const delivery = createDelivery(engine, { log, profiles, access });
  const imports = createImports(engine, { log, access });
  const connections = createConnections(engine, { log, access });
  const collect = createCollect(engine, { log, access });
  const metrics = createMetrics(engine, { log });
  const campaigns = createCampaigns(engine, {
    ...{ log, profiles, segments, delivery, access, programs, imports, connections },
  });
  eraseFromConnections(engine, log);
  eraseFromImports(engine, log);
  eraseFromDelivery(engine, log);
  eraseFromCampaigns(engine, log);
  exportEmailsOf(engine, profiles);
  showCampaignsOf(engine, profiles);
  showConnectionsOf(engine, profiles);
  alerts.sendEmailBy(delivery.sendNotice);
  tellOfLists(metrics, connections);
  tellOfNames(engine, segments, { access, programs, connections });
  tellOfPrograms(delivery, programs);
  tellOfPeople(engine, connections, { segments, profiles, programs, delivery });
  showLocationsOf(engine, profiles, programs);
  watchConnections(alerts, connections);
  watchAccounts(engine, alerts, delivery);
  watchWorkers(alerts, { connections, delivery });
  takeLoyaltyCampaigns(engine, { collect, segments, campaigns });
  collect.onCloudEvent('.loyalty.program', async ({ id }, event) => ({
    ...(await programs.takeDocument(id, event)),
  }));
  return {
    log,
    access,
    alerts,
    profiles,
    programs,
    segments,
    delivery,
    imports,
    connections,
    collect,
    metrics,
    campaigns,
    all: [
      log,
      access,
      alerts,
      profiles,
      programs,
      segments,
      delivery,
      imports,
      connections,
      metrics,
      campaigns,
      collect,
    ],
  };
}
