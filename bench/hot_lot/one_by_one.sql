-- The baseline: one transaction for each bid, under the lot's row lock, in a single round trip.
--
-- As little as a bid can cost that way. It stamps after the lock and keeps one row for each bid and
-- the state of the lot, and nothing else: no rule pack, no transcript, no foreign key, no trigger.
CREATE SCHEMA one_by_one;

CREATE TABLE one_by_one.lots (
  id bigint PRIMARY KEY,
  price bigint NOT NULL,
  increment bigint NOT NULL,
  accepted bigint NOT NULL DEFAULT 0,
  leader bigint,
  closes_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE one_by_one.bids (
  key uuid PRIMARY KEY,
  lot bigint NOT NULL,
  bidder bigint NOT NULL,
  amount bigint NOT NULL,
  arrived_at timestamptz NOT NULL,
  seq bigint
);

CREATE FUNCTION one_by_one.bid(of_lot bigint, of_bidder bigint, offered bigint, of_key uuid,
                               OUT seq bigint, OUT arrived_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  lot one_by_one.lots;
BEGIN
  SELECT * INTO lot FROM one_by_one.lots WHERE id = of_lot FOR UPDATE;
  arrived_at := clock_timestamp();
  IF arrived_at < lot.closes_at AND offered >= lot.price + lot.increment
     AND mod(offered - lot.price, lot.increment) = 0 THEN
    seq := lot.accepted + 1;
    UPDATE one_by_one.lots
    SET price = offered, leader = of_bidder, accepted = seq,
        closes_at = greatest(lot.closes_at, arrived_at + interval '5 minutes')
    WHERE id = of_lot;
  END IF;
  INSERT INTO one_by_one.bids VALUES (of_key, of_lot, of_bidder, offered, arrived_at, seq);
END $$;
