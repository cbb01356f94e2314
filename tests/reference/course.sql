-- The course of many sales at once, told a second time and in another language than the engine.
-- Written from the rules alone: RULE-E4, RULE-F3 to F5, RULE-G1 to G8, RULE-H1, RULE-K1, RULE-K10,
-- RULE-L2, RULE-L5. Tables: histories, events (n from 1), bidders.
WITH RECURSIVE course AS (
  SELECT h.history, 0 AS n, NULL::text AS answer, NULL::bigint AS minimum,
         h.closes_at AS ends_at, NULL::bigint AS price, NULL::text AS leader, NULL::int AS rank,
         NULL::timestamptz AS stayed_from, false AS withdrawn,
         NULL::timestamptz AS committed_at, false AS moved_later,
         (SELECT coalesce(jsonb_object_agg(b.code, b.rank), '{}') FROM bidders b
          WHERE b.history = h.history) AS known
  FROM histories h
  UNION ALL
  SELECT e.history, e.n, said.answer,
         CASE WHEN said.answer IN ('below_starting_price', 'below_minimum', 'not_a_multiple')
              THEN CASE WHEN c.price IS NULL THEN h.starting_price
                        WHEN bid.better THEN c.price ELSE c.price + h.increment END END,
         CASE said.answer
           WHEN 'accepted' THEN bid.ends_at
           WHEN 'resumed' THEN coalesce(e.closes_at, runs.since + greatest(
                c.ends_at - greatest(c.stayed_from, h.opens_at), interval '5 minutes'))
           ELSE c.ends_at END,
         CASE WHEN said.answer = 'accepted' THEN e.amount ELSE c.price END,
         CASE WHEN said.answer = 'accepted' THEN e.code ELSE c.leader END,
         CASE WHEN said.answer = 'accepted' THEN bid.rank ELSE c.rank END,
         CASE said.answer WHEN 'suspended by order' THEN coalesce(e.since, e.at)
                          WHEN 'resumed' THEN NULL ELSE c.stayed_from END,
         c.withdrawn OR said.answer = 'taken back',
         CASE WHEN said.answer IN ('accepted', 'resumed') THEN e.at ELSE c.committed_at END,
         -- The first bid of a sell-off sets an end; it does not move one.
         said.answer = 'accepted' AND bid.ends_at > c.ends_at AND NOT bid.starts_the_clock,
         CASE WHEN said.answer = 'admitted'
              THEN c.known || jsonb_build_object(e.code, e.rank) ELSE c.known END
  FROM course c
  JOIN histories h ON h.history = c.history
  JOIN events e ON e.history = c.history AND e.n = c.n + 1
  LEFT JOIN bidders barred ON barred.history = e.history AND barred.code = e.code
       AND barred.excluded
  CROSS JOIN LATERAL (
    SELECT c.stayed_from IS NULL AND NOT c.withdrawn AND e.at >= c.ends_at AS now,
           c.stayed_from IS NULL AND NOT c.withdrawn
             AND coalesce(e.since, e.at) >= c.ends_at AS when_it_began
  ) AS ended
  CROSS JOIN LATERAL (SELECT greatest(e.at, h.opens_at) AS since) AS runs
  CROSS JOIN LATERAL (
    SELECT (c.known ->> e.code)::int AS rank,
           coalesce((c.known ->> e.code)::int < coalesce(c.rank, 2147483647), false) AS better,
           h.round = 'sell_off' AND c.price IS NULL AS starts_the_clock,
           CASE WHEN h.round = 'sell_off' AND c.price IS NULL THEN e.at + interval '24 hours'
                WHEN e.at >= c.ends_at - interval '5 minutes'
                THEN greatest(c.ends_at, e.at + interval '5 minutes')
                ELSE c.ends_at END AS ends_at
  ) AS bid
  CROSS JOIN LATERAL (
    SELECT CASE e.kind
      WHEN 'bid' THEN CASE
        WHEN e.at < h.opens_at THEN 'not_open_yet'
        WHEN ended.now THEN 'closed'
        WHEN c.withdrawn THEN 'withdrawn'
        WHEN c.stayed_from IS NOT NULL THEN 'suspended'
        WHEN NOT c.known ? e.code THEN 'not_admitted'
        WHEN barred.code IS NOT NULL THEN 'excluded'
        WHEN e.amount < h.starting_price THEN 'below_starting_price'
        WHEN e.amount = c.price AND NOT bid.better THEN 'equal_needs_better_priority'
        WHEN e.amount <> c.price AND e.amount < c.price + h.increment THEN 'below_minimum'
        WHEN h.multiples_only
             AND (e.amount - coalesce(c.price, h.starting_price)) % h.increment <> 0
        THEN 'not_a_multiple'
        ELSE 'accepted' END
      WHEN 'suspend' THEN CASE
        WHEN e.since IS NOT NULL AND (e.authority <> 'platform' OR e.since > e.at
             OR e.since < c.committed_at) THEN 'out of place'
        WHEN c.withdrawn OR c.stayed_from IS NOT NULL OR ended.when_it_began
        THEN 'out of place'
        ELSE 'suspended by order' END
      WHEN 'resume' THEN CASE
        WHEN c.withdrawn OR c.stayed_from IS NULL
             OR e.closes_at < runs.since + interval '5 minutes' THEN 'out of place'
        ELSE 'resumed' END
      WHEN 'withdraw' THEN CASE
        WHEN e.authority <> 'court' OR c.withdrawn OR ended.now THEN 'out of place'
        ELSE 'taken back' END
      WHEN 'admit' THEN CASE
        WHEN c.withdrawn OR ended.now OR c.known ? e.code THEN 'out of place'
        ELSE 'admitted' END
    END AS answer
  ) AS said
),
answers AS (
  SELECT history,
         count(*) FILTER (WHERE answer = 'accepted') AS accepted,
         count(*) FILTER (WHERE moved_later) AS extensions,
         array_agg(answer ORDER BY n) FILTER (WHERE n > 0) AS answers,
         array_agg(minimum ORDER BY n) FILTER (WHERE n > 0) AS minimums,
         array_agg(ends_at ORDER BY n) FILTER (WHERE n > 0) AS ends
  FROM course GROUP BY history
),
-- Who leads, by the one order of RULE-F5 over all accepted bids, whatever stood before.
best AS (
  SELECT DISTINCT ON (c.history) c.history, e.code, e.amount
  FROM course c JOIN events e USING (history, n)
  WHERE c.answer = 'accepted'
  ORDER BY c.history, e.amount DESC, (c.known ->> e.code)::int NULLS LAST, e.n
),
last AS (SELECT DISTINCT ON (history) * FROM course ORDER BY history, n DESC)
SELECT h.history, best.code AS leader, best.amount AS price, last.ends_at, answers.extensions,
       answers.accepted, coalesce(answers.answers, '{}') AS answers,
       coalesce(answers.minimums, '{}') AS minimums, coalesce(answers.ends, '{}') AS ends,
       CASE WHEN last.withdrawn THEN 'withdrawn'
            WHEN last.stayed_from IS NOT NULL THEN 'suspended'
            WHEN h.looked_at < h.opens_at THEN 'not_open'
            WHEN h.looked_at < last.ends_at THEN 'open'
            WHEN best.code IS NULL THEN 'unsold'
            ELSE 'sold' END AS status,
       last.leader IS NOT DISTINCT FROM best.code AS last_accepted_leads
FROM histories h JOIN last USING (history) JOIN answers USING (history)
LEFT JOIN best USING (history)
ORDER BY h.history
