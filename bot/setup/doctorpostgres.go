package setup

import (
	"fmt"

	"muster/store/pgkv"
	stores "muster/store/place"
)

// postgres looks at the server, where the config names one.
func (r *round) postgres(dir, tenant string) {
	p := stores.Postgres{DSNFile: r.cfg.PostgresDSNFile, Connections: r.cfg.PostgresConnections}
	if p.DSNFile == "" {
		if stores.InPostgres(dir) {
			r.wrong(Store, "The rows of this tenant are in PostgreSQL, and the config says bbolt.", "Write store: postgres into the config, or move the rows with muster migrate.")
		}
		return
	}
	if !stores.InPostgres(dir) && stores.Exists(dir) {
		r.wrong(Store, "There is a bbolt store in the data folder, and the config says postgres.", fmt.Sprintf("Move it: muster migrate --from bbolt:%s --to postgres:%s", dir, p.DSNFile))
	}
	o, err := p.Options(tenant)
	if err != nil {
		r.wrong(Store, sentence(err), "Put the file there, readable by Muster alone.")
		return
	}
	s, err := pgkv.Look(r.ctx, o.DSN)
	if err != nil {
		r.wrong(Store, sentence(err), "Correct the connection string, or start the server.")
		return
	}
	for _, w := range s.Warnings() {
		r.warn(Store, w.Says, w.Do)
	}
	r.good(Store, "PostgreSQL %s answers, and this role may use %d of its %d connections.", s.Version, s.Allowed, s.Connections)
}
