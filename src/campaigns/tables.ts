import type { Generated } from 'kysely';
import type { CampaignStatus, Definition, PlannedStep } from './schema.ts';

// Types, not interfaces: Kysely wants an index signature.
export type CampaignTables = {
  campaigns: {
    id: Generated<string>;
    workspace: string;
    name: string;
    status: Generated<CampaignStatus>;
    version: Generated<number>;
    created_at: Date;
    started_at: Date | null;
    stopped_at: Date | null;
  };
  campaign_versions: {
    campaign: string;
    version: number;
    workspace: string;
    definition: Definition;
    plan: PlannedStep[] | null;
    created_at: Date;
  };
  enrolments: {
    campaign: string;
    profile: string;
    workspace: string;
    status: Generated<'active' | 'completed' | 'exited'>;
    position: number;
    due_at: Date;
    entered_at: Date;
    ended_at: Date | null;
  };
  campaign_entries: { campaign: string; segment: string; workspace: string; through_version: number | null };
};
