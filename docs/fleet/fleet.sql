-- The fleet's database: one row for each row that a device has kept, whatever is sent twice.
--   createdb fleet && psql fleet -f fleet.sql

CREATE TABLE devices (
  device text PRIMARY KEY,
  availability text,
  status jsonb,
  health jsonb,
  heard_at timestamptz NOT NULL DEFAULT now()
);

-- A series is one store of a device: another one, as after a card was changed, counts anew.
CREATE TABLE records (
  device text NOT NULL,
  series text NOT NULL,
  record bigint NOT NULL,
  taken_at timestamptz NOT NULL,
  certainty text NOT NULL,
  decision text NOT NULL,
  label text NOT NULL,
  probability double precision NOT NULL,
  latitude double precision,
  longitude double precision,
  model text NOT NULL,
  corrected text,
  note text NOT NULL,
  inspection bigint,
  line jsonb NOT NULL,
  came_at timestamptz NOT NULL DEFAULT now(),
  arrival bigint GENERATED ALWAYS AS IDENTITY,
  UNIQUE (device, series, record)
);
CREATE INDEX records_taken_at ON records (taken_at);
CREATE INDEX records_label ON records (label, taken_at);

CREATE TABLE verdicts (
  device text NOT NULL,
  series text NOT NULL,
  verdict bigint NOT NULL,
  decision text NOT NULL,
  label text,
  leaves integer NOT NULL,
  records bigint[] NOT NULL,
  told jsonb NOT NULL,
  UNIQUE (device, series, verdict)
);

CREATE TABLE events (
  device text NOT NULL,
  series text NOT NULL,
  event bigint NOT NULL,
  at timestamptz NOT NULL,
  certainty text NOT NULL,
  kind text NOT NULL,
  words text NOT NULL,
  UNIQUE (device, series, event)
);
CREATE INDEX events_at ON events (at);

-- Up to which row nothing is missing: what fleet_sink.py goes by when it asks a device again.
CREATE TABLE complete (
  device text NOT NULL,
  series text NOT NULL,
  stream text NOT NULL,
  id bigint NOT NULL,
  PRIMARY KEY (device, series, stream)
);
