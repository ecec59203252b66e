import { SimpleGrid, Text, UnstyledButton } from '@mantine/core';
import classes from './TemplateGallery.module.css';
import { type Template, templates } from './templates.ts';

interface Props {
  choose: (template: Template) => void;
  /** Begins with an empty rule. */
  blank: () => void;
  /** Makes a segment people are picked for. */
  byHand: () => void;
}

/** Ways to begin a segment. */
export function TemplateGallery({ choose, blank, byHand }: Props) {
  const card = (title: string, text: string, run: () => void) => (
    <UnstyledButton key={title} className={classes.card} onClick={run}>
      <Text fw={600} size="sm">
        {title}
      </Text>
      <Text size="sm" c="dimmed">
        {text}
      </Text>
    </UnstyledButton>
  );
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        {card('A rule of your own', 'Who they are, what they did, where they belong', blank)}
        {card('People picked by hand', 'Chosen one by one, or uploaded as a list', byHand)}
      </SimpleGrid>
      <Text size="sm" fw={600} mt="xs">
        Or begin with a rule others use
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
        {templates.map((template) => card(template.name, template.purpose, () => choose(template)))}
      </SimpleGrid>
    </>
  );
}
