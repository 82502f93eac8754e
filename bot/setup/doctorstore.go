package setup

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muster/bot"
	"muster/bot/service"
	"muster/flows"
	"muster/store"
	"muster/store/evidence"
	stores "muster/store/place"
)

// How much free disk is too little, and how much is not much, in bytes.
const (
	diskFull = 200 << 20
	diskLow  = 2 << 30
)

// store looks at what is kept. A running Muster holds its store; it is asked how it is instead, and where people were met is left out.
func (r *round) store() {
	tenant := strings.ToLower(r.cfg.Teams.TenantID)
	dir := service.Dir(r.cfg.DataDir, tenant)
	r.disk()
	r.postgres(dir, tenant)
	if !stores.Exists(dir) {
		r.warn(Store, fmt.Sprintf("There is no store in %s yet.", dir), "The first muster serve makes it; if Muster ran here before, data_dir is wrong.")
		return
	}
	db, err := stores.Open(r.ctx, dir, true)
	if stores.InUse(err) {
		r.running()
		r.key(dir, tenant, "")
		return
	}
	if err != nil {
		r.wrong(Store, sentence(err), "Restore the newest backup, or use the release that wrote it.")
		return
	}
	g, err := store.Look(r.ctx, db, dir, bot.ReachPrefix)
	switch err := errors.Join(err, db.Close()); {
	case errors.Is(err, store.ErrEmpty):
		r.warn(Store, "Nothing was written to the store yet.", "The first muster serve begins the log.")
		return
	case err != nil:
		r.wrong(Store, sentence(err), "Restore the newest backup, and keep the damaged folder for whoever looks into it.")
		return
	}
	alone := " No Muster is running on it."
	if stores.InPostgres(dir) { // where it can be read meanwhile
		alone = " It is in PostgreSQL."
	}
	r.good(Store, "The store holds %d entries since %s, and the last checkpoint covers %d of them.%s", g.Entries, g.Since.Format("2 January 2006"), g.Signed, alone)
	r.key(dir, tenant, g.Keys)
	if r.policy == nil {
		return
	}
	reached, err := bot.ReadReached(g.Memos)
	if err != nil {
		r.wrong(Reach, sentence(err), "Run muster verify on the data folder.")
		return
	}
	r.channels(reached)
	if r.client != nil {
		r.people(reached)
	}
}

func (r *round) disk() {
	dir := r.cfg.DataDir
	for { // the folder may not be there yet
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	free, known, err := freeDisk(dir)
	switch {
	case err != nil:
		r.warn(Store, sentence(err), "Look at the disk of the data folder.")
	case !known:
	case free < diskFull:
		r.wrong(Store, fmt.Sprintf("Only %d MB are free on the disk of the data folder; nothing can be kept when it is full.", free>>20), "Make room, or move data_dir to a larger disk.")
	case free < diskLow:
		r.warn(Store, fmt.Sprintf("%d MB are free on the disk of the data folder.", free>>20), "Make room soon.")
	}
}

// here is where something that listens on an address is asked on the same machine: what listens everywhere also does on loopback.
func here(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}

// running asks the Muster that holds the store how it is.
func (r *round) running() {
	const left = "Where people were met is known to it alone; stop it to have that looked at."
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, "http://"+here(r.cfg.Listen)+"/readyz/"+strings.ToLower(r.cfg.Teams.TenantID), nil)
	if err != nil {
		r.wrong(Store, sentence(err), "Correct listen in the config.")
		return
	}
	resp, err := r.web.Do(req)
	if err != nil {
		r.warn(Store, "Another process holds the store, and does not answer on "+r.cfg.Listen+".", "Look which process it is; only one Muster may run on a store.")
		return
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		r.wrong(Store, fmt.Sprintf("Muster is running and says that it is not ready (%d).", resp.StatusCode), "Look at its log and at /metrics.")
		return
	}
	r.good(Store, "Muster is running on the store and ready. %s", left)
}

// key looks at the key that signs the evidence. keys are the public ones of the log, empty when they cannot be seen.
func (r *round) key(dir, origin, keys string) {
	path := filepath.Join(dir, store.KeyFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		r.wrong(Key, fmt.Sprintf("The signing key %s is missing, and the log was begun with one.", path), "Restore it from the backup; Muster does not start without it.")
		return
	}
	if r.secretFile(Key, path) {
		return
	}
	k, err := evidence.OpenKey(path, origin)
	if err != nil {
		r.wrong(Key, sentence(err), "Restore it from the backup.")
		return
	}
	if keys != "" {
		current, _, err := evidence.CurrentKey(keys, "")
		if err != nil || current != k.Public() {
			r.wrong(Key, "The signing key is not the one that the log goes on with.", "Restore it from the backup.")
			return
		}
	}
	r.good(Key, "The signing key is there, and only Muster can read it.")
}

// channels says whether Muster was met where it posts.
func (r *round) channels(met bot.Reached) {
	for _, c := range []struct{ whose, id, without string }{
		{"IT's channel", r.policy.Channels.IT, "failures reach nobody"},
		{"the owners' channel", r.policy.Channels.Owners, "checkpoints of the evidence stay on this machine"},
	} {
		reachable, known := met.Channels[c.id]
		switch {
		case c.id == "":
			r.warn(Channel, "The policy names no channel for the owners: "+c.without+".", "Write channels.owners into the policy.")
		case !known:
			r.warn(Channel, fmt.Sprintf("Muster was never met in %s: %s.", c.whose, c.without), "Add the app to the team and mention it in the channel once: @Muster help.")
		case !reachable:
			r.wrong(Channel, fmt.Sprintf("Muster was removed from %s: %s.", c.whose, c.without), "Add the app to the team again.")
		default:
			r.good(Channel, "Muster was met in %s.", c.whose)
		}
	}
}

// mostPeople of a group are looked at.
const mostPeople = 200

// people says who of those with a role was never met in Teams.
func (r *round) people(met bot.Reached) {
	for _, role := range []struct {
		name string
		who  flows.Holders
	}{{"HR", r.policy.Roles.HR}, {"IT", r.policy.Roles.IT}, {"approvers", r.policy.Roles.Approver}, {"owners", r.policy.Roles.Owner}} {
		people, err := r.holders(role.who)
		if err != nil {
			r.warn(Reach, fmt.Sprintf("The people of the role %s cannot be read: %s", role.name, sentence(err)), "Mend what stands above, then ask again.")
			continue
		}
		var never, gone []string
		for _, p := range people {
			switch reachable, known := met.People[p.ID]; {
			case !known:
				never = append(never, p.Name)
			case !reachable:
				gone = append(gone, p.Name)
			}
		}
		switch {
		case len(gone) > 0:
			r.wrong(Reach, fmt.Sprintf("%s took Muster away in Teams and cannot be asked anything (%s).", strings.Join(gone, ", "), role.name), "Install the app for them again, best by a setup policy of the Teams admin centre.")
		case len(never) > 0:
			r.warn(Reach, fmt.Sprintf("%d of %d with the role %s were never met in Teams: %s.", len(never), len(people), role.name, strings.Join(never, ", ")), "Install the app for them by a setup policy of the Teams admin centre, or ask them to write help to Muster once.")
		default:
			r.good(Reach, "Everybody with the role %s was met in Teams (%d).", role.name, len(people))
		}
	}
}

// holders are the people who hold a role, those of nested groups aside.
func (r *round) holders(h flows.Holders) ([]flows.Person, error) {
	var all []flows.Person
	for _, who := range h.People {
		a, err := r.client.FetchAccount(r.ctx, who)
		if flows.CodeOf(err) == flows.NotFound {
			continue // told already
		}
		if err != nil {
			return nil, err
		}
		all = append(all, a.Person())
	}
	for _, name := range h.Groups {
		g, err := r.client.FindGroup(r.ctx, name)
		if flows.CodeOf(err) == flows.NotFound || flows.CodeOf(err) == flows.Invalid {
			continue
		}
		if err != nil {
			return nil, err
		}
		people, err := r.client.Members(r.ctx, g.ID, mostPeople)
		if err != nil {
			return nil, err
		}
		all = append(all, people...)
	}
	slices.SortFunc(all, func(a, b flows.Person) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return slices.CompactFunc(all, func(a, b flows.Person) bool { return a.ID == b.ID }), nil
}
