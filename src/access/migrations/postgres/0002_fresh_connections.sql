-- Questions over connections whose data is too old are refused, where a workspace wants it so.
ALTER TABLE workspaces ADD COLUMN require_fresh_connections boolean NOT NULL DEFAULT false;
