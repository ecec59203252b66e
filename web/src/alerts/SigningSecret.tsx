import { Alert, Code, Stack, Text } from '@mantine/core';
import { CopyField } from '../shared/CopyField.tsx';

const sample = `import { createHmac, timingSafeEqual } from 'node:crypto';

function isFromRapport(secret, header, rawBody) {
  const [, t, v1] = /^t=(\\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (!t || Math.abs(Date.now() / 1000 - t) > 300) return false;
  const sum = createHmac('sha256', secret).update(t + '.' + rawBody).digest();
  return timingSafeEqual(sum, Buffer.from(v1, 'hex'));
}`;

interface Props {
  name: string;
  secret: string;
  onClose: () => void;
}

/** The secret of a webhook, this once, and how messages are told from forged ones by it. */
export function SigningSecret({ name, secret, onClose }: Props) {
  return (
    <Alert
      color="spruce"
      title={`The signing secret of “${name}”`}
      withCloseButton
      onClose={onClose}
      styles={{ body: { minWidth: 0 } }}
    >
      <Stack gap="xs" style={{ overflowWrap: 'anywhere' }}>
        It is shown this once.
        <CopyField label="Signing secret" value={secret} />
        <Text size="sm">
          Each message has a header <Code>rapport-signature: t=…,v1=…</Code>. <Code>v1</Code> is the
          HMAC-SHA256 of <Code>t</Code>, a dot and the body as it came, in hexadecimal; <Code>t</Code> is when
          it was sent, in seconds. The same <Code>rapport-id</Code> is the same message sent again.
        </Text>
        <Code block tabIndex={0} style={{ maxHeight: 220, overflow: 'auto' }}>
          {sample}
        </Code>
      </Stack>
    </Alert>
  );
}
