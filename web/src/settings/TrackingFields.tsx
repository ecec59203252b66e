import { Fieldset, Stack, Switch, Text } from '@mantine/core';
import { type AccountFieldsProps, bound } from './accountFields.ts';

/** What is noted of people who get emails of an account: nothing, unless it is switched on here. */
export function TrackingFields({ form, error }: Omit<AccountFieldsProps, 'kept'>) {
  const field = (name: 'opens' | 'clicks') => ({
    ...bound({ form, error }, `tracking.${name}`),
    // A switch wants `checked` from the start.
    ...form.getInputProps(`tracking.${name}`, { type: 'checkbox' }),
  });
  return (
    <Fieldset legend="Tracking">
      <Stack gap="sm">
        <Switch
          label="Openings"
          description="A picture of one pixel in each email tells when it is looked at. Many mail programs fetch pictures by themselves, so openings are a rough figure."
          {...field('opens')}
        />
        <Switch
          label="Clicks"
          description="Links lead through this server, which notes the click. Links to unsubscribe and those with data-no-track do not. What mail scanners click is left out."
          {...field('clicks')}
        />
        <Text size="xs" c="dimmed">
          This is personal data: each opening and click is an event of the person. In many countries you need
          their consent, and must say so in your privacy policy. Switched off, nothing more is noted, of
          emails sent before either; their links go on to work.
        </Text>
      </Stack>
    </Fieldset>
  );
}
