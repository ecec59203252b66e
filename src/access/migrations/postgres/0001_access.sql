CREATE TABLE workspaces (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  name       text NOT NULL,
  timezone   text NOT NULL DEFAULT 'UTC',
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Write keys (collect) and API keys. Only the SHA-256 of a key is kept; keys are random, so it needs no salt.
CREATE TABLE keys (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace    uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  kind         text NOT NULL CHECK (kind IN ('write', 'api')),
  name         text NOT NULL,
  role         text NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
  -- The first characters, for people to tell keys apart.
  prefix       text NOT NULL,
  hash         bytea NOT NULL UNIQUE,
  -- Messages a second that a write key may send; null: no limit of its own.
  rate_limit   integer CHECK (rate_limit > 0),
  created_at   timestamptz NOT NULL DEFAULT now(),
  revoked_at   timestamptz
);
CREATE INDEX keys_by_workspace ON keys (workspace);

-- People who sign in: the tables of better-auth, as it names them.
CREATE TABLE "user" (
  "id" text PRIMARY KEY, "name" text NOT NULL, "email" text NOT NULL UNIQUE, "emailVerified" boolean NOT NULL,
  "image" text, "createdAt" timestamptz NOT NULL DEFAULT now(), "updatedAt" timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE "session" (
  "id" text PRIMARY KEY, "expiresAt" timestamptz NOT NULL, "token" text NOT NULL UNIQUE,
  "createdAt" timestamptz NOT NULL DEFAULT now(), "updatedAt" timestamptz NOT NULL, "ipAddress" text,
  "userAgent" text, "userId" text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE
);
CREATE TABLE "account" (
  "id" text PRIMARY KEY, "accountId" text NOT NULL, "providerId" text NOT NULL,
  "userId" text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE, "accessToken" text, "refreshToken" text,
  "idToken" text, "accessTokenExpiresAt" timestamptz, "refreshTokenExpiresAt" timestamptz, "scope" text,
  "password" text, "createdAt" timestamptz NOT NULL DEFAULT now(), "updatedAt" timestamptz NOT NULL
);
CREATE TABLE "verification" (
  "id" text PRIMARY KEY, "identifier" text NOT NULL, "value" text NOT NULL, "expiresAt" timestamptz NOT NULL,
  "createdAt" timestamptz NOT NULL DEFAULT now(), "updatedAt" timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX "session_userId_idx" ON "session" ("userId");
CREATE INDEX "account_userId_idx" ON "account" ("userId");
CREATE INDEX "verification_identifier_idx" ON "verification" ("identifier");

-- Who may do what where.
CREATE TABLE members (
  workspace uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  person    text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
  role      text NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
  since     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person, workspace)
);
