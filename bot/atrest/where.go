package atrest

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"muster/bot/service"
	"muster/store"
	"muster/store/place"
)

// Where is the store that a command works on.
type Where struct {
	Data   string `help:"The data folder, or one tenant's folder in it." default:"muster-data" type:"existingdir"`
	Tenant string `help:"With a data folder of several tenants: the id of the one that is meant."`
}

// dir is the tenant's folder.
func (w Where) dir() (string, error) { return tenantIn(w.Data, w.Tenant) }

// with opens the store. No other process may have it open.
func (w Where) with(d Desk, do func(*store.Store) error) error {
	dir, err := w.dir()
	if err != nil {
		return err
	}
	return service.AtRest(d.Ctx, dir, d.Now, do)
}

// tenantIn is the folder of a tenant in a data folder, or that of the only one. Whoever works on one of several names it: nobody must erase in the
// wrong one.
func tenantIn(data, tenant string) (string, error) {
	found, err := tenantsIn(data, tenant)
	if err != nil {
		return "", err
	}
	if len(found) > 1 {
		var ids []string
		for _, dir := range found {
			ids = append(ids, filepath.Base(dir))
		}
		return "", fmt.Errorf("%s has several tenants: name one with --tenant: %s", data, strings.Join(ids, ", "))
	}
	return found[0], nil
}

// tenantsIn are the folders of all tenants in a data folder, at least one, or of the one that is named.
func tenantsIn(data, tenant string) ([]string, error) {
	data, err := filepath.Abs(data) // the name of a tenant's folder is the tenant's
	if err != nil {
		return nil, fmt.Errorf("find the store: %w", err)
	}
	found, err := place.Find(data)
	if len(found) == 0 || err != nil {
		return nil, errors.Join(fmt.Errorf("there is no store in %s", data), err)
	}
	if tenant == "" {
		return found, nil
	}
	i := slices.IndexFunc(found, func(dir string) bool { return strings.EqualFold(filepath.Base(dir), tenant) })
	if i < 0 {
		return nil, fmt.Errorf("there is no store of the tenant %s in %s", tenant, data)
	}
	return found[i : i+1], nil
}
