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
    fires_at: Date | null;
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
    round: Generated<number>;
    workspace: string;
    status: Generated<'active' | 'completed' | 'exited'>;
    step: string | null;
    arrived_at: Date;
    due_at: Date;
    heard_at: Date | null;
    entered_at: Date;
    ended_at: Date | null;
    ended_by: string | null;
    goal_at: Date | null;
    ways: Generated<Record<string, string>>;
    arrival: string | null;
    parameters: Record<string, unknown> | null;
  };
  campaign_entries: { campaign: string; segment: string; workspace: string; through_version: number | null };
  campaign_listeners: { campaign: string; listener: string; workspace: string; since: Date; through: Date };
  campaign_firings: {
    id: Generated<string>;
    campaign: string;
    workspace: string;
    arrival: string;
    at: Date;
    /** Instead of the entry segments. */
    segments: string[] | null;
    parameters: Record<string, unknown> | null;
    done_at: Date | null;
  };
};
