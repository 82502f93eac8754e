package flows

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// licensed is a directory that lists licences.
type licensed struct{ *directory }

func (licensed) FetchSKUs(context.Context) ([]SKU, error) { return nil, nil }

// A slip in a protected account would leave it without protection, so the tenant is asked about each.
func TestCheckTenantAsksAboutLeavers(t *testing.T) {
	for name, tt := range map[string]struct {
		leaver string
		want   []string
	}{
		"all there":                   {"leaver: {protected: [oscar.lind@larkfield.example], manual: [{manual: Key, owner: 00000000-0000-4000-a000-000000000006}]}\n", nil},
		"protected and blocked":       {"leaver: {protected: [stan.doyle@larkfield.example]}\n", nil},
		"protected, not there":        {"leaver: {protected: [oscar.lind@larkfield.example, oskar.lind@larkfield.example]}\n", []string{"leaver.protected[1]: oskar.lind@larkfield.example is not in the directory"}},
		"owner of an item is gone":    {"leaver: {manual: [{manual: Key, owner: 00000000-0000-4000-a000-0000000000ff}]}\n", []string{"leaver.manual: 00000000-0000-4000-a000-0000000000ff is not in the directory"}},
		"owner of an item is blocked": {"leaver: {manual: [{manual: Key, owner: 00000000-0000-4000-a000-00000000000b}]}\n", []string{"leaver.manual: the account of 00000000-0000-4000-a000-00000000000b is blocked"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ParsePolicy("policy.yaml", []byte(replace("00000000-0000-4000-A000-000000000008", "olivia.grant@larkfield.example")(smallPolicy)+tt.leaver))
			if err != nil {
				t.Fatal(err)
			}
			d := newDirectory()
			d.change(stan.ID, func(a *Account) { a.Enabled = false })
			got, err := CheckTenant(t.Context(), licensed{d}, p)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			d.down = errors.New("down")
			if got, err := CheckTenant(t.Context(), licensed{d}, p); err == nil {
				t.Errorf("a tenant that does not answer gives %q", got)
			}
		})
	}
}
