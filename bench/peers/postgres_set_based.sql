-- All orders in one statement, by window functions alone. Demand (in order sequence) and stock (in
-- FEFO order) of an item lie on one line of units; their ends cut it into segments, and each
-- segment is an allocation row. A refused order's share is not given on.
-- Sorting by falling ends makes "the first line, and the first row, that reaches this far" a
-- running minimum, which costs one pass; the packed bigint carries the id along with the rank.
WITH demand AS (
    SELECT order_id, line, item, sum(units) OVER (PARTITION BY item ORDER BY line) AS ends
      FROM order_line
), filled AS (
    SELECT order_id FROM demand JOIN item_stock USING (item)
     GROUP BY order_id HAVING bool_and(ends <= available)
), cut AS (
    SELECT item, ends, (line::bigint << 32) | order_id AS line_order, NULL::bigint AS rank_row
      FROM demand
    UNION ALL
    SELECT item, sum(units) OVER fefo, NULL, (row_number() OVER fefo << 32) | row_id
      FROM stock WHERE is_open WINDOW fefo AS (PARTITION BY item ORDER BY expiry_day, row_id)
), segment AS (
    SELECT min(line_order) OVER falling AS line_order,
           min(rank_row) OVER falling AS rank_row,
           (ends - coalesce(lead(ends) OVER falling, 0))::integer AS units
      FROM cut WINDOW falling AS (PARTITION BY item ORDER BY ends DESC)
), taken AS (
    SELECT (line_order & 4294967295)::integer AS order_id, (line_order >> 32)::integer AS line,
           (rank_row & 4294967295)::integer AS row_id, units
      FROM segment
     WHERE units > 0 AND line_order IS NOT NULL AND rank_row IS NOT NULL
       AND (line_order & 4294967295)::integer IN (SELECT order_id FROM filled)
), written AS (
    INSERT INTO allocation SELECT order_id, line, row_id, units FROM taken
), keyed AS (
    INSERT INTO order_key
    SELECT lpad(to_hex(order_id), 32, '0')::uuid, order_id, count(taken.row_id)
      FROM (SELECT DISTINCT order_id FROM order_line) AS every LEFT JOIN taken USING (order_id)
     GROUP BY order_id
), stocked AS (
    UPDATE stock SET units = stock.units - used.units, is_open = stock.units > used.units
      FROM (SELECT row_id, sum(units)::integer AS units FROM taken GROUP BY row_id) AS used
     WHERE stock.row_id = used.row_id
    RETURNING stock.item, used.units
)
UPDATE item_stock SET available = available - used.units
  FROM (SELECT item, sum(units)::integer AS units FROM stocked GROUP BY item) AS used
 WHERE item_stock.item = used.item
