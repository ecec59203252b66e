/** Bodies as the OpenAPI document describes them. They are checked by hand (log/schema.ts), message by message. */
const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const object = { type: 'object', additionalProperties: true };

const common = {
  messageId: { ...text, description: 'The same id twice counts once; made if missing' },
  userId: { ...text, description: 'userId or anonymousId is required' },
  anonymousId: text,
  timestamp: { ...time, description: 'When it happened; when it arrived, if missing' },
  context: object,
};

const ofType: Record<string, { required: string[]; properties: Record<string, object> }> = {
  track: { required: ['event'], properties: { event: text, properties: object } },
  identify: { required: [], properties: { traits: object } },
  page: { required: [], properties: { name: text, properties: object } },
  screen: { required: [], properties: { name: text, properties: object } },
  group: { required: ['groupId'], properties: { groupId: text, traits: object } },
  alias: { required: ['previousId', 'userId'], properties: { previousId: text } },
};

const envelope = {
  writeKey: text,
  sentAt: { ...time, description: "Corrects the skew of the sender's clock" },
};

export const messageBody = (type: string) => ({
  type: 'object',
  required: ofType[type]?.required ?? [],
  properties: { ...common, ...ofType[type]?.properties, ...envelope },
});

export const batchBody = {
  type: 'object',
  required: ['batch'],
  properties: {
    batch: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type'],
        properties: { type: { type: 'string', enum: Object.keys(ofType) }, ...common },
        additionalProperties: true,
      },
    },
    ...envelope,
  },
};

const cloudEvent = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    specversion: { const: '1.0' },
    id: text,
    source: text,
    type: text,
    subject: { ...text, description: 'The person' },
    time,
    data: {},
  },
};

export const cloudEventsBody = { oneOf: [cloudEvent, { type: 'array', items: cloudEvent }] };
