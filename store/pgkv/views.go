package pgkv

// views are for reports: the entries of the log and the cases, as SQL. They
// read rows whose form is for ever (the drawing in store/doc.go), write nothing
// and prove nothing. Whoever may select from them reads names and texts; what
// was erased has no content. The JSON is json and not jsonb, because people may
// write what jsonb refuses.
const views = `create view S.entries as
select f[2]::bigint as seq, nullif(f[3], '-') as stream, f[4]::bigint as "position", f[5] as kind, f[6]::timestamptz as at, nullif(f[7], '-') as actor, c.content
from S.rows l
join S.rows b on b.key = 'b/'::bytea || substr(l.key, 3)
cross join lateral (select string_to_array(convert_from(substr(l.value, position('muster entry 1'::bytea in l.value)), 'UTF8'), chr(10)) as f) h
cross join lateral (select case when get_byte(b.value, 0) = 1 then convert_from(substr(b.value, 34), 'UTF8')::json end as content) c
where l.key >= 'l/'::bytea and l.key < 'l0'::bytea;
create view S.cases as
select convert_from(substr(key, 3), 'UTF8') as ref, ('x' || encode(substr(value, 1, 8), 'hex'))::bit(64)::bigint as version, convert_from(substr(value, 9), 'UTF8')::json as content
from S.rows where key >= 'c/'::bytea and key < 'c0'::bytea`
