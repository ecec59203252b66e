import { setTimeout as sleep } from 'node:timers/promises';
import { type House, rarely, template } from './delivery.house.ts';

export interface CampaignFigures {
  people: number;
  enteredMs: number;
  queuedMs: number;
  sentMs: number;
  /** Bytes more than when the campaign began, at most. */
  resident: number;
  script: number;
}

/** People through a campaign of two steps, into the null provider: first they enter, then they wait, then all is sent. */
export async function campaign(house: House, people: number): Promise<CampaignFigures> {
  const { rooms } = house;
  const workspace = await house.workspaceOf(people);
  const account = await house.account(workspace, { name: 'Null', kind: 'null' });
  const rule = { attribute: 'email', operator: 'exists' };
  const segment = await rooms.segments.create(workspace, { name: 'Everybody', rule });
  await rooms.segments.recompute(workspace);
  const { id } = await rooms.campaigns.create(workspace, {
    name: 'Welcome',
    definition: {
      entry: { segments: [segment.id] },
      exit: { on_segment_left: false },
      steps: [
        { id: 'wait', type: 'wait', seconds: 1 },
        { id: 'welcome', type: 'email', ...template },
      ],
    },
  });
  // Entering is measured by itself; sending begins when everybody's email is in the ledger.
  await house.pauseAccount(workspace, account, true);
  const memory = watchMemory();
  const began = Date.now();
  await rooms.campaigns.startCampaign(workspace, id);
  const countsAt = async (enough: (counts: { entered: number; completed: number }) => boolean) => {
    await rarely(async () => enough((await rooms.campaigns.get(workspace, id)).counts));
    return Date.now();
  };
  const entered = await countsAt((counts) => counts.entered >= people);
  const queued = await countsAt((counts) => counts.completed >= people);
  const resumed = Date.now();
  await house.pauseAccount(workspace, account, false);
  const sent = await house.sent(id, people);
  // What became of the emails is told to the log behind the sending.
  await sleep(2_000);
  return {
    people,
    enteredMs: entered - began,
    queuedMs: queued - began,
    sentMs: sent - resumed,
    ...memory.stop(),
  };
}

/** The most memory of this process (chDB is in it) above what it began with; bytes. */
function watchMemory() {
  const look = () => {
    const { rss, heapUsed, external } = process.memoryUsage();
    return { resident: rss, script: heapUsed + external };
  };
  const began = look();
  const most = { ...began };
  const timer = setInterval(() => {
    const now = look();
    most.resident = Math.max(most.resident, now.resident);
    most.script = Math.max(most.script, now.script);
  }, 200);
  return {
    stop() {
      clearInterval(timer);
      return { resident: most.resident - began.resident, script: most.script - began.script };
    },
  };
}
