import { Radio, Stack } from '@mantine/core';
import type { Audience } from './pushing.ts';

interface Props {
  value: Audience['leaving'];
  onChange: (value: Audience['leaving']) => void;
}

/** What becomes of who leaves the segment. */
export const LeavingField = ({ value, onChange }: Props) => (
  <Radio.Group
    label="Who leaves the segment"
    value={value}
    onChange={(chosen) => onChange(chosen as Audience['leaving'])}
  >
    <Stack gap={6} mt={6}>
      <Radio
        value="archive"
        label="is archived, if this connection had added them"
        description="Who was on the audience before only loses the tag."
      />
      <Radio value="tag" label="loses the tag, and stays on the audience" />
    </Stack>
  </Radio.Group>
);
