-- The rows of the accounting side. Needs the functions of rows-auth.sql, in the same session.

INSERT INTO accounting.customers (name, email, discount)
SELECT 'Customer ' || n, CASE WHEN n % 6 > 0 THEN 'Books' || n || '@Example.org' END, n % 40 + 0.25
FROM generate_series(1, pg_temp.share(0.01)) AS n;

INSERT INTO accounting.invoices (customer_id, issued, paid)
SELECT pg_temp.pick('customer', n, pg_temp.share(0.01)), date '2025-01-01' + n % 680, n % 4 > 0
FROM generate_series(1, pg_temp.share(0.05)) AS n;

INSERT INTO accounting.invoice_lines (invoice_number, position, description, quantity, unit_price)
SELECT number, position, 'Item ' || pg_temp.pick('item', number * 10 + position, 500),
  pg_temp.pick('quantity', number + position, 9999) / 1000.0, pg_temp.pick('price', number * position, 1000000) / 10000.0
FROM accounting.invoices CROSS JOIN generate_series(1, 3) AS position;

INSERT INTO accounting.payments (id, invoice_number, received, amount)
SELECT md5('payment ' || number)::uuid, number, issued + interval '12 days 3 hours', sum(amount)
FROM accounting.invoices JOIN accounting.invoice_lines ON invoice_number = number
WHERE paid GROUP BY number HAVING sum(amount) > 0;

-- Through the journal's trigger.
UPDATE accounting.invoices SET issued = issued - 1 WHERE number % 20 = 0;

INSERT INTO accounting.type_samples VALUES
  (
    1, '-0', 'NaN', 'Infinity', '-1234.56',
    '\x00ff0a5c', '10110', 'ab', '<a b="c">d &amp; e</a>', '{"b": 1,  "a": [1.0, null]}',
    '2001:db8::1/64', '192.0.2.0/24', '08:00:2b:01:02:03',
    '(1.5,-2)', '((0,0),(1,1),(1,0))',
    '[1,5)', '{[2026-01-01,2026-02-01),[2026-03-01,)}', '23:59:60+02', '-1 year 2 days',
    ARRAY[ROW('a, b', NULL, '"c"')::public.address], '{{1,2},{3,4}}',
    'a column named x'
  ),
  (
    2, 1e-37, 1e308, 0.00000000000000000001, 0,
    '', '', '', '', 'null',
    '0.0.0.0', '::/0', 'ff:ff:ff:ff:ff:ff',
    '(0,0)', '((0,0))',
    'empty', '{}', '00:00-12', '178000000 years',
    '{}', '{}',
    ''
  );
INSERT INTO accounting.type_samples (id, tiny, wide, exact, raw, "x") VALUES
  (3, 0.1, 0.30000000000000004, 12345678901234567890.123456789, '"\u0041"', E'\\N');
INSERT INTO accounting.type_samples (id, wide, exact, bytes, homes, grid, "x") VALUES
  (4, '-Infinity', 'NaN', decode(repeat('00', 3000), 'hex'), ARRAY[NULL]::public.address[], '[0:1]={7,8}', E'\t\r\n\b');

REFRESH MATERIALIZED VIEW accounting.revenue_by_month;
SELECT nextval('accounting.invoice_number');
