-- The application's second schema: money, and one of every type a backup could get wrong.

CREATE SCHEMA accounting;

CREATE DOMAIN accounting.percentage AS numeric(5, 2) CHECK (VALUE BETWEEN 0 AND 100);

CREATE TABLE accounting.customers (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email extensions.citext UNIQUE,
  discount accounting.percentage NOT NULL DEFAULT 0
);

CREATE SEQUENCE accounting.invoice_number START WITH 202600001;

CREATE TABLE accounting.invoices (
  number bigint PRIMARY KEY DEFAULT nextval('accounting.invoice_number'),
  customer_id integer NOT NULL REFERENCES accounting.customers (id),
  issued date NOT NULL,
  due date GENERATED ALWAYS AS (issued + 30) STORED,
  paid boolean NOT NULL DEFAULT false
);
ALTER SEQUENCE accounting.invoice_number OWNED BY accounting.invoices.number;

CREATE TABLE accounting.invoice_lines (
  invoice_number bigint NOT NULL REFERENCES accounting.invoices (number) ON DELETE CASCADE,
  position smallint NOT NULL,
  description text NOT NULL,
  quantity numeric(10, 3) NOT NULL,
  unit_price numeric(12, 4) NOT NULL,
  amount numeric(14, 2) GENERATED ALWAYS AS (round(quantity * unit_price, 2)) STORED,
  PRIMARY KEY (invoice_number, position)
);

CREATE TABLE accounting.payments (
  id uuid PRIMARY KEY,
  invoice_number bigint NOT NULL REFERENCES accounting.invoices (number),
  received timestamptz NOT NULL,
  amount numeric(14, 2) NOT NULL CHECK (amount > 0)
);

-- Written by a trigger, never by hand.
CREATE TABLE accounting.journal (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  happened_at timestamptz NOT NULL,
  relation regclass NOT NULL,
  operation text NOT NULL,
  row_before jsonb,
  row_after jsonb
);

CREATE TABLE accounting.type_samples (
  id smallint PRIMARY KEY,
  tiny real, wide double precision, exact numeric, cash money,
  bytes bytea, bits bit varying, letters char(5), document xml, raw json,
  host inet, network cidr, card macaddr,
  place point, shape polygon,
  span int4range, spans tstzmultirange, clock timetz, wait interval,
  homes public.address[], grid integer[][],
  "x" text
);
