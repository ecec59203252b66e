import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';

interface Props {
  search: string | undefined;
  segment: string | undefined;
}

/** The attributes the list shows. */
const shown = ['email', 'first_name', 'last_name', 'phone', 'store_location', 'lifetime_value'];

/** Downloads the people of the list, all of them, as a table for spreadsheets. */
export function ExportPeople({ search, segment }: Props) {
  const address = (columns: readonly string[]) => {
    const asked = new URLSearchParams(columns.map((name) => ['column', name]));
    if (search) asked.set('search', search);
    if (segment) asked.set('segment', segment);
    const text = asked.toString();
    return `/api/people.csv${text && `?${text}`}`;
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          rightSection={<IconChevronDown size={14} />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={address([])} download>
          CSV with all attributes
        </Menu.Item>
        <Menu.Item component="a" href={address(shown)} download>
          CSV with the columns of this list
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
