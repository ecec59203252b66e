import { z } from 'zod';
import { mappingSchema, maxBadShareSchema } from '../schema.ts';

const bucketUrl = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

export const s3SettingsSchema = z.object({
  url: z
    .string()
    .trim()
    .regex(bucketUrl, { message: 'must have the form s3://bucket/prefix' })
    .describe('Bucket and prefix, like s3://exports/customers/. Every object below it is taken in.'),
  region: z.string().trim().min(1).max(50).default('us-east-1'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Of another service that speaks S3; not for Amazon.'),
});
export type S3Settings = z.infer<typeof s3SettingsSchema>;

export const s3CredentialsSchema = z.object({
  access_key_id: z.string().trim().min(1).max(200),
  secret_access_key: z.string().trim().min(1).max(200),
});
export type S3Credentials = z.infer<typeof s3CredentialsSchema>;

export const folderSettingsSchema = z.object({
  folder: z.string().describe('Its name inside the folder that RAPPORT_IMPORT_FOLDER names.'),
});
export type FolderSettings = z.infer<typeof folderSettingsSchema>;

const name = z.string().trim().min(1).max(100);
const rules = {
  mapping: mappingSchema.nullable(),
  max_bad_share: maxBadShareSchema.nullable(),
};

const bucket = { kind: z.literal('s3'), settings: s3SettingsSchema, credentials: s3CredentialsSchema };
export const bucketSchema = z.object(bucket);

export const newSourceSchema = z.discriminatedUnion('kind', [
  z.object({
    name,
    ...bucket,
    every_seconds: z.number().int().min(60).max(86_400).default(300).describe('How often it is looked at.'),
    ...z.object(rules).partial().shape,
  }),
  z.object({ name, kind: z.literal('folder'), ...z.object(rules).partial().shape }),
]);
export type NewSource = z.infer<typeof newSourceSchema>;

export const sourceChangeSchema = z
  .object({ name, paused: z.boolean(), credentials: s3CredentialsSchema, ...rules })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'give what is to change' });
export type SourceChange = z.infer<typeof sourceChangeSchema>;

export const sourceSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(['folder', 's3']),
    place: z.string().describe('Where it is: the path of the folder, or s3://bucket/prefix.'),
    endpoint: z.string().nullable(),
    region: z.string().nullable(),
    mapping: mappingSchema.nullable(),
    max_bad_share: maxBadShareSchema.nullable(),
    every_seconds: z.number(),
    paused: z.boolean(),
    last_look_at: z.string().nullable(),
    last_error: z.string().nullable(),
    files: z.number().describe('Imports it has begun.'),
    events_url: z
      .string()
      .nullable()
      .describe('Of a bucket: where S3 or SNS may announce new objects. The address is the secret.'),
  })
  .meta({ id: 'ImportSource' });
export type ShownSource = z.infer<typeof sourceSchema>;

export const lookedSchema = z.object({
  files: z.number().describe('Files found.'),
  more: z.boolean().describe('There are more than were counted.'),
  names: z.array(z.string()).describe('Some of them.'),
});
export type Looked = z.infer<typeof lookedSchema>;

/** `s3://bucket/some/prefix` in its parts. */
export function bucketOf({ url }: S3Settings): { bucket: string; prefix: string } {
  const [, bucket = '', prefix = ''] = bucketUrl.exec(url) ?? [];
  return { bucket, prefix };
}
