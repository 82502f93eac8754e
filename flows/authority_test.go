package flows

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestStanding(t *testing.T) {
	for name, tt := range map[string]struct {
		id    AccountID
		say   func(*office)
		code  Code
		roles string
	}{
		"HR by group":           {hannah.ID, nil, Internal, "hr"},
		"IT by group":           {ivan.ID, nil, Internal, "it"},
		"an approver by name":   {aisha.ID, nil, Internal, "approver"},
		"an owner by name":      {olivia.ID, nil, Internal, "owner"},
		"nobody special":        {stan.ID, nil, Internal, ""},
		"no id":                 {"", nil, Denied, ""},
		"not in the directory":  {"00000000-0000-4000-a000-00000000000c", nil, Denied, ""},
		"blocked":               {hannah.ID, func(o *office) { o.dir.change(hannah.ID, func(a *Account) { a.Enabled = false }) }, Denied, ""},
		"deleted":               {hannah.ID, func(o *office) { o.dir.change(hannah.ID, func(a *Account) { a.Deleted = true }) }, Denied, ""},
		"no answer":             {hannah.ID, func(o *office) { o.dir.down = &Error{Code: Unavailable} }, Unavailable, ""},
		"a refusal":             {hannah.ID, func(o *office) { o.dir.down = &Error{Code: Denied} }, Unavailable, ""},
		"an error of ours":      {hannah.ID, func(o *office) { o.dir.down = errors.New("broken") }, Unavailable, ""},
		"roles by id and group": {ivan.ID, func(o *office) { o.Policy.Roles.Owner.People = []string{strings.ToUpper(string(ivan.ID))} }, Internal, "it owner"},
		"more groups than fit into one question": {ines.ID, func(o *office) {
			for i := range 45 {
				o.Policy.Roles.HR.Groups = append(o.Policy.Roles.HR.Groups, fmt.Sprint("group ", i))
			}
			o.dir.in[ines.ID] = []string{"group 44"}
		}, Internal, "hr"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			if tt.say != nil {
				tt.say(o)
			}
			a, roles, err := o.Standing(t.Context(), tt.id)
			if CodeOf(err) != tt.code || (err == nil) != (tt.code == Internal) {
				t.Fatalf("code = %q, want %q (%v)", CodeOf(err), tt.code, err)
			}
			if err != nil && (len(roles) > 0 || a.ID != "") {
				t.Errorf("a refusal comes with %v of %v", roles, a)
			}
			var got []string
			for _, r := range []Role{Approver, HR, IT, Owner} {
				if roles.Any(r) {
					got = append(got, string(r))
				}
			}
			if s := strings.Join(got, " "); s != tt.roles {
				t.Errorf("roles = %q, want %q", s, tt.roles)
			}
		})
	}
}

// Who loses a role or is blocked loses the right within a minute, and a directory that is silent then waves nobody through.
func TestStandingIsForgotten(t *testing.T) {
	for name, change := range map[string]func(*office){
		"not in the group any more": func(o *office) { o.dir.in[hannah.ID] = nil },
		"blocked":                   func(o *office) { o.dir.change(hannah.ID, func(a *Account) { a.Enabled = false }) },
		"gone":                      func(o *office) { delete(o.dir.people, hannah.ID) },
		"the directory is down":     func(o *office) { o.dir.down = &Error{Code: Unavailable} },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			is := func() bool {
				_, roles, err := o.Standing(t.Context(), hannah.ID)
				return err == nil && roles.Any(HR)
			}
			if !is() {
				t.Fatal("Hannah is not HR to begin with")
			}
			change(o)
			reads := o.dir.reads
			o.now = o.now.Add(rolesKept - time.Second)
			if !is() || o.dir.reads != reads {
				t.Error("within the minute the directory is asked again")
			}
			o.now = o.now.Add(time.Second)
			if is() {
				t.Error("after a minute she still is HR")
			}
		})
	}
	t.Run("a clock that goes back", func(t *testing.T) {
		o := newOffice(t)
		if _, _, err := o.Standing(t.Context(), hannah.ID); err != nil {
			t.Fatal(err)
		}
		o.dir.in[hannah.ID] = nil
		o.now = o.now.Add(-time.Hour)
		if _, roles, err := o.Standing(t.Context(), hannah.ID); err != nil || roles.Any(HR) {
			t.Errorf("a read from the future is believed (%v)", err)
		}
	})
}

// Nothing that a stranger or an unsure directory lets happen.
func TestPressNeedsStanding(t *testing.T) {
	verbs := []string{VerbCheck, VerbChange, VerbConfirm, VerbWithdraw, VerbHandOver, VerbDetails, VerbRefresh, VerbOverdue, VerbFailures, VerbUpcoming, VerbShowPass}
	for v := range rules {
		verbs = append(verbs, v)
	}
	for _, verb := range append(verbs, "", "access.approve ", "no.such") {
		t.Run(verb, func(t *testing.T) {
			o := newOffice(t)
			c := o.raise(t)
			before := o.store.keys()
			turn := press(Person{ID: "00000000-0000-4000-a000-00000000000c", Name: "Tom Hughes"}, verb, func(t *Turn) {
				t.Plan, t.Step, t.Draft, t.Delegate = c.Shown, accountKey, "D-1", maria.ID
			})
			if _, err := o.Press(t.Context(), turn); CodeOf(err) != Denied {
				t.Errorf("a stranger: %v", err)
			}
			o.dir.down = &Error{Code: Unavailable}
			turn.Key, turn.By = "again", tom
			if _, err := o.Press(t.Context(), turn); CodeOf(err) != Unavailable {
				t.Errorf("unsure: %v", err)
			}
			if got := o.of(t); got.Version != c.Version || len(o.store.keys()) != len(before) {
				t.Errorf("the case is at version %d and the queue holds %v", got.Version, o.store.keys())
			}
		})
	}
}
