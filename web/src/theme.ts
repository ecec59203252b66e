import {
  Badge,
  Card,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Skeleton,
  Table,
  Tabs,
  Tooltip,
} from '@mantine/core';

/** The brand: a deep spruce green. Every shade used for text keeps AA contrast on its ground. */
const spruce: MantineColorsTuple = [
  '#eef7f3',
  '#d8ece3',
  '#b2d9ca',
  '#86c2ac',
  '#5fb093',
  '#3a9477',
  '#1f7a60',
  '#12644e',
  '#0d5040',
  '#093c31',
];

/** The second voice: what is compared, what asks for attention. */
const marigold: MantineColorsTuple = [
  '#fff7e6',
  '#feecc7',
  '#fbdb98',
  '#f7c865',
  '#f2b441',
  '#dc9a1f',
  '#b97c10',
  '#8f5d0a',
  '#6d4708',
  '#4d3206',
];

const gray: MantineColorsTuple = [
  '#f6f8f6',
  '#eff2f0',
  '#e3e8e5',
  '#d3dad6',
  '#b6c0bb',
  '#8b9892',
  '#5f6c66',
  '#46524c',
  '#2c3732',
  '#19221e',
];

const dark: MantineColorsTuple = [
  '#dbe3df',
  '#b9c4bf',
  '#98a59f',
  '#6c7973',
  '#34403b',
  '#2a3530',
  '#202a26',
  '#18211d',
  '#101714',
  '#0a0f0d',
];

export const theme = createTheme({
  colors: { spruce, marigold, gray, dark },
  primaryColor: 'spruce',
  primaryShade: { light: 7, dark: 6 },
  white: '#ffffff',
  black: '#19221e',
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '8px', lg: '12px', xl: '20px' },
  fontFamily:
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Open Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: {
    fontWeight: '650',
    textWrap: 'balance',
    sizes: {
      h1: { fontSize: '1.625rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem', lineHeight: '1.35' },
      h3: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Badge: Badge.extend({
      defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 600 },
      // A status is never cut short in a narrow table.
      styles: { root: { minWidth: 'max-content' } },
    }),
    Card: Card.extend({ defaultProps: { withBorder: true, padding: 'md', radius: 'lg' } }),
    Skeleton: Skeleton.extend({ defaultProps: { radius: 'md' } }),
    Table: Table.extend({
      defaultProps: { verticalSpacing: 'sm', horizontalSpacing: 'md', tabularNums: true },
    }),
    Tabs: Tabs.extend({
      defaultProps: { keepMounted: false },
      // Many tabs on a phone scroll sideways.
      styles: {
        list: { flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' },
        tab: { flex: 'none' },
      },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 250 } }),
  },
});

/** Tokens of our own beside Mantine's: the grounds a page is made of, and the sidebar's ink. */
export const tokens: CSSVariablesResolver = () => ({
  variables: {
    '--ink': '#10241e',
    '--ink-line': '#23392f',
    '--ink-text': '#bdd0c7',
    '--ink-strong': '#ffffff',
    '--ink-mark': '#f2b441',
  },
  light: {
    '--canvas': 'var(--mantine-color-gray-0)',
    '--surface': 'var(--mantine-color-white)',
    '--line': 'var(--mantine-color-gray-2)',
    '--mantine-color-dimmed': 'var(--mantine-color-gray-6)',
    '--chart-main': 'var(--mantine-color-spruce-6)',
    '--chart-before': 'var(--mantine-color-marigold-6)',
    '--chart-1': 'var(--mantine-color-spruce-6)',
    '--chart-2': 'var(--mantine-color-marigold-6)',
    '--chart-3': '#2f6fb3',
    '--chart-4': '#8a4a9e',
    '--chart-5': '#b8512d',
    '--chart-6': 'var(--mantine-color-gray-5)',
    '--good': 'var(--mantine-color-spruce-7)',
    '--danger': 'var(--mantine-color-red-9)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
  },
  dark: {
    '--ink': '#0c1512',
    '--ink-line': '#1d2925',
    '--canvas': 'var(--mantine-color-dark-8)',
    '--surface': 'var(--mantine-color-dark-7)',
    '--line': 'var(--mantine-color-dark-5)',
    '--mantine-color-dimmed': 'var(--mantine-color-dark-2)',
    '--chart-main': 'var(--mantine-color-spruce-4)',
    '--chart-before': 'var(--mantine-color-marigold-4)',
    '--chart-1': 'var(--mantine-color-spruce-4)',
    '--chart-2': 'var(--mantine-color-marigold-4)',
    '--chart-3': '#7fb3e6',
    '--chart-4': '#c99bd9',
    '--chart-5': '#ec9872',
    '--chart-6': 'var(--mantine-color-dark-2)',
    '--good': 'var(--mantine-color-spruce-3)',
    '--danger': 'var(--mantine-color-red-4)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    // A tint of the colour over whatever lies below, with its bright shade as text.
    ...Object.fromEntries(
      ['spruce', 'marigold', 'gray', 'red', 'blue'].flatMap((colour) => [
        [
          `--mantine-color-${colour}-light`,
          `color-mix(in srgb, var(--mantine-color-${colour}-4) 17%, transparent)`,
        ],
        [
          `--mantine-color-${colour}-light-hover`,
          `color-mix(in srgb, var(--mantine-color-${colour}-4) 24%, transparent)`,
        ],
        [`--mantine-color-${colour}-light-color`, `var(--mantine-color-${colour}-2)`],
      ]),
    ),
  },
});
