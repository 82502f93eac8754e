package graphsim

import (
	"errors"
	"strings"
	"testing"
)

func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		"displayName eq 'x'", "not (a eq true)", "proxyAddresses/any(x:x eq 'smtp:a@b')", "id in ('a','b')", "createdDateTime ge 2026-01-01T08:00:00Z",
		"startswith(mail,'a') or endswith(mail,'b')", "assignedLicenses/any(l:l/skuId eq 00000000-0000-4000-a000-000000000001)", "'", ":", "((",
	} {
		f.Add(s)
	}
	known := userProperties()
	f.Fuzz(func(t *testing.T, s string) {
		e, err := parseFilter(s, "user", known)
		var refused *graphError
		if err != nil && !errors.As(err, &refused) {
			t.Errorf("%q: %v is not an answer of Graph", s, err)
		}
		if err == nil {
			e.holds(map[string]any{"displayName": "x", "proxyAddresses": []any{"SMTP:a@b"}})
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{`"displayName:a b"`, `"mail:a" OR "displayName:b"`, `"`, `OR`, `"displayName:"`} {
		f.Add(s)
	}
	known := userProperties()
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := parseSearch(s, known); err == nil {
			e.holds(map[string]any{"displayName": "x"})
		}
	})
}

func TestFilterDepth(t *testing.T) {
	if _, err := parseFilter(strings.Repeat("(", 1<<20), "user", userProperties()); err == nil {
		t.Error("a million brackets were taken")
	}
}

func TestRules(t *testing.T) {
	u := &user{Props: map[string]any{"officeLocation": "London", "userType": "Member", "department": "Inside Sales", "accountEnabled": true}}
	for rule, want := range map[string]bool{
		`(user.officeLocation -eq "London")`:                                                                true,
		`user.officeLocation -eq "LONDON"`:                                                                  true,
		`user.officeLocation -ne "London"`:                                                                  false,
		`(user.officeLocation -eq "Leeds") -or (user.userType -eq "Member")`:                                true,
		`(user.officeLocation -eq "Leeds") -or (user.userType -eq "Guest")`:                                 false,
		`user.officeLocation -eq "London" and user.userType -eq "Guest"`:                                    false,
		`user.officeLocation -eq "Leeds" -and user.userType -eq "Guest" -or user.accountEnabled -eq true`:   true,
		`user.officeLocation -eq "Leeds" -and (user.userType -eq "Guest" -or user.accountEnabled -eq true)`: false,
		`-not (user.userType -eq 'Guest')`:                                                                  true,
		`user.department -contains "sales"`:                                                                 true,
		`user.department -startsWith "Outside"`:                                                             false,
		`user.jobTitle -eq null`:                                                                            true,
		`user.accountEnabled -eq false`:                                                                     false,
	} {
		r, err := parseRule(rule)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
		} else if got := r.admits(u); got != want {
			t.Errorf("%s admits: %v", rule, got)
		}
	}
	for _, bad := range []string{``, `user.x`, `user.x -eq`, `user.x -like "y"`, `device.x -eq "y"`, `(user.x -eq "y"`, `user.x -eq y`, `user.x -eq "y" user.z -eq "y"`, `user.x -eq "`} {
		if _, err := parseRule(bad); !errors.Is(err, errRule) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
