-- Stock, orders and the function that serves one order. Everything is logged and durable.

CREATE TABLE item_stock (
    item      integer PRIMARY KEY,
    available integer NOT NULL CHECK (available >= 0)
) WITH (fillfactor = 50);

-- The units of a row change often and stand in no index, so that such an update stays on its page
-- (HOT). Only the run-out of a row touches an index: it leaves the partial one.
CREATE TABLE stock (
    row_id     integer PRIMARY KEY,
    item       integer NOT NULL,
    expiry_day integer NOT NULL,
    units      integer NOT NULL CHECK (units >= 0),
    is_open    boolean NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX stock_fefo ON stock (item, expiry_day, row_id) WHERE is_open;

CREATE TABLE order_key (
    key       uuid PRIMARY KEY,
    order_id  integer NOT NULL,
    row_count integer NOT NULL
);

CREATE TABLE allocation (
    order_id integer NOT NULL,
    line     integer NOT NULL,
    row_id   integer NOT NULL,
    units    integer NOT NULL
);

CREATE TABLE order_line (
    order_id integer NOT NULL,
    line     integer NOT NULL,
    item     integer NOT NULL,
    units    integer NOT NULL
);

-- Serves one order all-or-nothing. The caller gives the lines in item order, which is the order in
-- which items are locked: two orders can never wait for each other. The counter of an item is its
-- lock; whoever holds it owns the rows of the item until the transaction ends.
-- Answers the number of allocation rows, 0 when short; a known key gives the old answer.
CREATE FUNCTION allocate_order(
    p_key uuid, p_order integer, p_lines integer[], p_items integer[], p_units integer[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    known   integer;
    missing integer;
    taken   integer;
    written integer := 0;
    open_row record;
BEGIN
    SELECT row_count INTO known FROM order_key WHERE key = p_key;
    IF FOUND THEN
        RETURN known;
    END IF;
    FOR i IN 1 .. cardinality(p_items) LOOP
        UPDATE item_stock SET available = available - p_units[i]
         WHERE item = p_items[i] AND available >= p_units[i];
        IF NOT FOUND THEN
            -- Short: give back what the earlier lines took; the locks are still held.
            FOR j IN 1 .. i - 1 LOOP
                UPDATE item_stock SET available = available + p_units[j] WHERE item = p_items[j];
            END LOOP;
            INSERT INTO order_key VALUES (p_key, p_order, 0);
            RETURN 0;
        END IF;
    END LOOP;
    FOR i IN 1 .. cardinality(p_items) LOOP
        missing := p_units[i];
        -- An open row holds at least one unit, so the line never needs more rows than units.
        FOR open_row IN
            SELECT row_id, units FROM stock
             WHERE item = p_items[i] AND is_open
             ORDER BY expiry_day, row_id LIMIT p_units[i]
        LOOP
            taken := least(missing, open_row.units);
            UPDATE stock SET units = open_row.units - taken, is_open = open_row.units > taken
             WHERE row_id = open_row.row_id;
            INSERT INTO allocation VALUES (p_order, p_lines[i], open_row.row_id, taken);
            written := written + 1;
            missing := missing - taken;
            EXIT WHEN missing = 0;
        END LOOP;
        IF missing > 0 THEN
            RAISE EXCEPTION 'the counter of item % promised % units more than its rows hold',
                p_items[i], missing;
        END IF;
    END LOOP;
    INSERT INTO order_key VALUES (p_key, p_order, written);
    RETURN written;
END $$;

-- Serves many orders in one transaction, in sequence. Answers the number of orders filled.
CREATE FUNCTION allocate_orders(
    p_keys uuid[], p_first_order integer, p_line_counts integer[],
    p_lines integer[], p_items integer[], p_units integer[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    first  integer := 1;
    last   integer;
    filled integer := 0;
BEGIN
    FOR i IN 1 .. cardinality(p_keys) LOOP
        last := first + p_line_counts[i] - 1;
        IF allocate_order(p_keys[i], p_first_order + i - 1, p_lines[first:last],
                          p_items[first:last], p_units[first:last]) > 0 THEN
            filled := filled + 1;
        END IF;
        first := last + 1;
    END LOOP;
    RETURN filled;
END $$;
