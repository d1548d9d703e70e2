"""The two statements behind the lists of times: what is free, and all that is coming up. Only released sittings."""

import sqlalchemy as sa

# Each offer is walked on its own along its index, so the work grows with the page and the offers, never with the
# places. Literal states, because a parameter would keep PostgreSQL from using the partial index.
_TAKEABLE = """(p.state = 'free' or (p.state = 'held' and p.held_until <= :now)
    or (p.state = 'offered' and p.held_until <= cast(:now as timestamptz) - interval '15 minutes'))"""
_ON_OFFER = """
    o.is_public and o.kind = any(:kinds)
      and (cast(:discipline as text) is null or o.discipline = :discipline)
      and (cast(:topic as text) is null or o.topic = :topic)
      and (cast(:language as text) is null or o.language = :language)
      and (cast(:offer_id as uuid) is null or o.id = :offer_id)
    order by s.starts_at, s.id limit :most
"""
_HOUR = "extract(hour from {}.starts_at at time zone 'Europe/London')"
_IN_HOURS = "(cast(:from_hour as int) is null or ({0} >= :from_hour and {0} < :to_hour))"
_RELEASED = "(t.released_at is null or t.released_at <= :now)"

FREE = sa.text(f"""
    select s.id, o.id as offer_id, s.starts_at, s.ends_at, s.free
    from offer o cross join lateral (
        select p.id, p.starts_at, t.ends_at, p.free from (
            select p.sitting_id as id, p.starts_at, count(*) as free from place p
            where p.offer_id = o.id and p.starts_at > :since and p.starts_at < :before
              and (p.starts_at, p.sitting_id) > (:after_at, :after_id) and {_TAKEABLE}
              and {_IN_HOURS.format(_HOUR.format("p"))}
            group by p.starts_at, p.sitting_id
        ) p join sitting t on t.id = p.id and {_RELEASED}
        order by p.starts_at, p.id limit :most
    ) s
    where {_ON_OFFER}
""")  # noqa: S608 - only our own words

ALL = sa.text(f"""
    select s.id, o.id as offer_id, s.starts_at, s.ends_at, (
        select count(*) from place p
        where p.offer_id = o.id and p.starts_at = s.starts_at and p.sitting_id = s.id and {_TAKEABLE}
    ) as free
    from offer o cross join lateral (
        select t.id, t.starts_at, t.ends_at from sitting t
        where t.offer_id = o.id and t.state = 'planned' and t.starts_at > :since and t.starts_at < :before
          and (t.starts_at, t.id) > (:after_at, :after_id) and {_RELEASED}
          and {_IN_HOURS.format(_HOUR.format("t"))}
        order by t.starts_at, t.id limit :most
    ) s
    where {_ON_OFFER}
""")  # noqa: S608 - only our own words
