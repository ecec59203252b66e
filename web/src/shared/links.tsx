import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes } from 'react';

type Native = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'color' | 'style'>;

/** A link in running text or in a table. */
export const TextLink = createLink((props: AnchorProps & Native & { ref?: React.Ref<HTMLAnchorElement> }) => (
  <Anchor fz="inherit" {...props} />
));

/** A link that looks like the button it stands for. */
export const ButtonLink = createLink(
  (props: ButtonProps & Native & { ref?: React.Ref<HTMLAnchorElement> }) => (
    <Button component="a" {...props} />
  ),
);
