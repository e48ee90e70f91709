-- Schema realtime: broadcast messages in daily partitions, the subscriptions, and the two publications.

CREATE TYPE realtime.action AS ENUM ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'ERROR');
CREATE TYPE realtime.equality_op AS ENUM ('eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in');
CREATE TYPE realtime.user_defined_filter AS (column_name text, op realtime.equality_op, value text);

CREATE TABLE realtime.schema_migrations (
  version bigint NOT NULL,
  inserted_at timestamp(0),
  CONSTRAINT schema_migrations_pkey PRIMARY KEY (version)
);
REVOKE ALL ON realtime.schema_migrations FROM postgres;

CREATE TABLE realtime.messages (
  topic text NOT NULL,
  extension text NOT NULL,
  payload jsonb,
  event text,
  private boolean DEFAULT false,
  updated_at timestamp NOT NULL DEFAULT now(),
  inserted_at timestamp NOT NULL DEFAULT now(),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  CONSTRAINT messages_pkey PRIMARY KEY (id, inserted_at)
) PARTITION BY RANGE (inserted_at);
ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE realtime.messages OWNER TO supabase_realtime_admin;
GRANT SELECT, INSERT, UPDATE ON realtime.messages TO anon, authenticated, service_role;

CREATE TABLE realtime.messages_2026_08_20 PARTITION OF realtime.messages
  FOR VALUES FROM ('2026-08-20') TO ('2026-08-21');
CREATE TABLE realtime.messages_2026_08_21 PARTITION OF realtime.messages
  FOR VALUES FROM ('2026-08-21') TO ('2026-08-22');

CREATE TABLE realtime.subscription (
  id bigint GENERATED ALWAYS AS IDENTITY,
  subscription_id uuid NOT NULL,
  entity regclass NOT NULL,
  filters realtime.user_defined_filter[] NOT NULL DEFAULT '{}',
  claims jsonb NOT NULL,
  created_at timestamp NOT NULL DEFAULT timezone('utc', now()),
  CONSTRAINT subscription_pkey PRIMARY KEY (id)
);
ALTER TABLE realtime.subscription OWNER TO supabase_realtime_admin;
GRANT SELECT ON realtime.subscription TO anon, authenticated, service_role;

-- A filter may only name a column that its table has.
CREATE FUNCTION realtime.subscription_check_filters() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  unknown text := (
    SELECT string_agg(filter.column_name, ', ')
    FROM unnest(NEW.filters) AS filter
    WHERE NOT EXISTS (
      SELECT FROM pg_attribute
      WHERE attrelid = NEW.entity AND attname = filter.column_name AND attnum > 0 AND NOT attisdropped
    )
  );
BEGIN
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'invalid column for filter %', unknown;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER tr_check_filters BEFORE INSERT OR UPDATE ON realtime.subscription
  FOR EACH ROW EXECUTE FUNCTION realtime.subscription_check_filters();

CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('realtime.topic', true), '')
$$;
ALTER FUNCTION realtime.topic() OWNER TO supabase_realtime_admin;

CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO realtime.messages (payload, event, topic, private, extension)
  VALUES (payload, event, topic, private, 'broadcast');
END
$$;
ALTER FUNCTION realtime.send(jsonb, text, text, boolean) OWNER TO supabase_realtime_admin;

CREATE PUBLICATION supabase_realtime;
ALTER PUBLICATION supabase_realtime OWNER TO postgres;
CREATE PUBLICATION supabase_realtime_messages_publication
  FOR TABLE realtime.messages_2026_08_20, realtime.messages_2026_08_21;
